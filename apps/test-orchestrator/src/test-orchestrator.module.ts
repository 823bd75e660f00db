import { Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { Lists, ReconcileLoop } from '@signalbox/chassis';
import type { ServiceContext } from '@signalbox/chassis';
import { pokeAndTell } from '@signalbox/persistence';
import type { TestOrchestratorConfig } from './config.js';
import { HttpReportStore } from './store/http-report-store.js';
import { Telemetry } from './telemetry.js';
import { MissedReportController } from './test-run/missed-report.controller.js';
import { MissedReportStore } from './test-run/missed-report.store.js';
import { MissedReportView } from './test-run/missed-report.view.js';
import { TestRunConsumer } from './test-run/test-run.consumer.js';
import { TestRunController } from './test-run/test-run.controller.js';
import { TestRunReconciler } from './test-run/test-run.reconciler.js';
import { TestRunService } from './test-run/test-run.service.js';
import { TestRunStore } from './test-run/test-run.store.js';
import { TestRunView } from './test-run/test-run.view.js';

/** Reading reports begins and ends with the application. */
class ReportLoop implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(private readonly loop: ReconcileLoop) {}

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }
}

@Module({})
export class TestOrchestratorModule {
  static create(context: ServiceContext<TestOrchestratorConfig>): DynamicModule {
    const { config, database, messaging, logger, lists, meter, tracer } = context;
    const loop: { current?: ReconcileLoop } = {};
    const poke: typeof messaging.poke = (committed) => {
      messaging.poke(committed);
      loop.current?.poke();
    };
    const view = new TestRunView(database);
    const telemetry = new Telemetry(meter, logger, () => view.countRunning());
    const store = new TestRunStore(database, pokeAndTell(poke, telemetry.testRun));
    const runs = new TestRunService(store, new MissedReportStore(database), {
      sources: config.EVENT_SOURCES.map(({ name }) => name),
      hearsSince: () => messaging.hearsSince(),
    });
    const reports = new HttpReportStore(config.STORE_URL, config.STORE_KEY, tracer);
    const reconciler = new TestRunReconciler(runs, reports);
    const work = { due: () => reconciler.due(), reconcile: (id: string) => reconciler.reconcile(id) };
    const traceOf = (id: string) => store.traceparent(id);
    loop.current = new ReconcileLoop({ name: 'test-report', database, logger, traceOf, ...work });
    messaging.onWakeUp('test run', (id) => runs.look(id));
    return {
      module: TestOrchestratorModule,
      controllers: [TestRunConsumer, TestRunController, MissedReportController],
      providers: [
        { provide: TestRunService, useValue: runs },
        { provide: TestRunView, useValue: view },
        { provide: MissedReportView, useValue: new MissedReportView(database) },
        { provide: Lists, useValue: lists },
        { provide: ReportLoop, useValue: new ReportLoop(loop.current) },
      ],
    };
  }
}
