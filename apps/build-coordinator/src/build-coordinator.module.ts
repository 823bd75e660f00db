import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Lists, ReconcileLoop } from '@signalbox/chassis';
import type { ServiceContext } from '@signalbox/chassis';
import { BLOB_ACCESS, BlobController } from './artifact/blob.controller.js';
import { FileArtifactStore } from './artifact/file-artifact-store.js';
import { BuildConsumer } from './build/build.consumer.js';
import { BuildController } from './build/build.controller.js';
import { BuildFollower, BuildService } from './build/build.service.js';
import { BuildStore } from './build/build.store.js';
import { BuildView } from './build/build.view.js';
import type { BuildCoordinatorConfig } from './config.js';
import { CoordinatorLoops } from './coordinator-loops.js';
import { EvaluationStore } from './policy/evaluation.store.js';
import { RunnerPresence } from './runner/runner-presence.js';
import { RunnerController } from './runner/runner.controller.js';
import { LeaseDesk } from './task/lease-desk.service.js';
import { LeaseController, RUNNER_ACCESS } from './task/lease.controller.js';
import { TaskConsumer } from './task/task.consumer.js';
import { TaskController } from './task/task.controller.js';
import { TaskLogController } from './task/task-log.controller.js';
import { TaskLog } from './task/task-log.js';
import { TaskReconciler } from './task/task.reconciler.js';
import { TaskService } from './task/task.service.js';
import { TaskStore } from './task/task.store.js';
import { TaskTokens } from './task/task-token.js';

const controllers = [
  BuildController,
  BuildConsumer,
  TaskController,
  TaskConsumer,
  TaskLogController,
  LeaseController,
  RunnerController,
  BlobController,
];

@Module({})
export class BuildCoordinatorModule {
  static create(context: ServiceContext<BuildCoordinatorConfig>): DynamicModule {
    const { config, database, messaging, logger, lists } = context;
    const poke = (): void => {
      messaging.poke();
      desk.poke();
      loop.poke();
    };
    const store = new FileArtifactStore(config.STORE_DIRECTORY);
    const builds = new BuildStore(database, poke);
    const evaluations = new EvaluationStore(database, poke);
    const runners = new RunnerPresence(database);
    const follower = new BuildFollower(builds, evaluations);
    const tasks = new TaskService(database, new TaskStore(database, poke), runners, follower);
    const log = new TaskLog(database);
    const tokens = new TaskTokens(config.STORE_KEY);
    const desk = new LeaseDesk(tasks, runners, tokens);
    const reconciler = new TaskReconciler(tasks, log, store);
    const work = { due: () => reconciler.due(), reconcile: (id: string) => reconciler.reconcile(id) };
    const loop = new ReconcileLoop({ name: 'task', database, logger, ...work });
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
