import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Lists, ReconcileLoop } from '@signalbox/chassis';
import type { ServiceContext } from '@signalbox/chassis';
import { pokeAndTell } from '@signalbox/persistence';
import { BLOB_ACCESS } from './artifact/blob.controller.js';
import { FileArtifactStore } from './artifact/file-artifact-store.js';
import { BuildFollower, BuildService } from './build/build.service.js';
import { BuildStore } from './build/build.store.js';
import { BuildView } from './build/build.view.js';
import type { BuildCoordinatorConfig } from './config.js';
import { controllers } from './coordinator-controllers.js';
import { CoordinatorLoops } from './coordinator-loops.js';
import { EvaluationStore } from './policy/evaluation.store.js';
import { RunnerPresence } from './runner/runner-presence.js';
import { LeaseDesk } from './task/lease-desk.service.js';
import { RUNNER_ACCESS } from './task/lease.controller.js';
import { TaskLog } from './task/task-log.js';
import { TaskCensus } from './task/task-census.view.js';
import { TaskReconciler } from './task/task.reconciler.js';
import { TaskService } from './task/task.service.js';
import { TaskStore } from './task/task.store.js';
import { TaskTokens } from './task/task-token.js';
import { Telemetry } from './telemetry.js';

@Module({})
export class BuildCoordinatorModule {
  static create(context: ServiceContext<BuildCoordinatorConfig>): DynamicModule {
    const { config, database, messaging, logger, lists, meter, status } = context;
    const poke: typeof messaging.poke = (committed) => {
      messaging.poke(committed);
      desk.poke();
      loop.poke();
    };
    const store = new FileArtifactStore(config.STORE_DIRECTORY);
    const runners = new RunnerPresence(database);
    status.add(async () => ({ runners: await runners.list() }));
    const telemetry = new Telemetry(meter, logger, new TaskCensus(database, runners));
    const builds = new BuildStore(database, pokeAndTell(poke, telemetry.build));
    const evaluations = new EvaluationStore(database, pokeAndTell(poke, telemetry.evaluation));
    const taskStore = new TaskStore(database, pokeAndTell(poke, telemetry.task));
    const follower = new BuildFollower(builds, evaluations);
    const tasks = new TaskService(database, taskStore, runners, follower, () => messaging.hearsSince());
    const log = new TaskLog(database);
    const tokens = new TaskTokens(config.STORE_KEY);
    const desk = new LeaseDesk(tasks, runners, tokens);
    const reconciler = new TaskReconciler(tasks, log, store);
    const work = { due: () => reconciler.due(), reconcile: (id: string) => reconciler.reconcile(id) };
    const traceOf = (id: string) => taskStore.traceparent(id);
    const loop = new ReconcileLoop({ name: 'task', database, logger, traceOf, ...work });
    const { RUNNER_KEYS: runnerKeys, PUBLIC_URL: storeUrl, STORE_KEY: storeKey } = config;
    return {
      module: BuildCoordinatorModule,
      controllers,
      providers: [
        { provide: BuildService, useValue: new BuildService(database, builds, evaluations, tasks) },
        { provide: BuildView, useValue: new BuildView(database) },
        { provide: TaskService, useValue: tasks },
        { provide: TaskLog, useValue: log },
        { provide: TaskTokens, useValue: tokens },
        { provide: LeaseDesk, useValue: desk },
        { provide: RunnerPresence, useValue: runners },
        { provide: RUNNER_ACCESS, useValue: { runnerKeys, store, storeUrl, storeKey } },
        { provide: BLOB_ACCESS, useValue: { store, key: storeKey } },
        { provide: Lists, useValue: lists },
        { provide: CoordinatorLoops, useValue: new CoordinatorLoops(messaging, tasks, desk, loop) },
      ],
    };
  }
}
