import { Module } from '@nestjs/common';
import type { DynamicModule, Provider } from '@nestjs/common';
import { Lists, ReconcileLoop } from '@signalbox/chassis';
import type { ServiceContext } from '@signalbox/chassis';
import { pokeAndTell } from '@signalbox/persistence';
import { AnalysisConsumer } from './analysis/analysis.consumer.js';
import { AnalysisController } from './analysis/analysis.controller.js';
import { AnalysisReconciler } from './analysis/analysis.reconciler.js';
import { AnalysisService } from './analysis/analysis.service.js';
import { AnalysisStore } from './analysis/analysis.store.js';
import { AnalysisView } from './analysis/analysis.view.js';
import { JudgementStore } from './analysis/judgement.store.js';
import { ApplicationConsumer } from './application/application.consumer.js';
import { ApplicationStore } from './application/application.projection.js';
import { MonitorCensus } from './census.view.js';
import type { MonitorConfig } from './config.js';
import { IncidentController } from './incident/incident.controller.js';
import { IncidentService } from './incident/incident.service.js';
import { IncidentStore } from './incident/incident.store.js';
import { IncidentView } from './incident/incident.view.js';
import { HostMetrics } from './metrics/host-metrics.js';
import { MonitorLoops } from './monitor-loops.js';
import { Telemetry } from './telemetry.js';
import { WatchConsumer } from './watch/watch.consumer.js';
import { WatchReconciler } from './watch/watch.reconciler.js';
import { WatchService } from './watch/watch.service.js';
import { WatchStore } from './watch/watch.store.js';

@Module({})
export class MonitorModule {
  static create(context: ServiceContext<MonitorConfig>): DynamicModule {
    return {
      module: MonitorModule,
      controllers: [ApplicationConsumer, AnalysisController, AnalysisConsumer, WatchConsumer, IncidentController],
      providers: providersOf(context),
    };
  }
}

/** Intervals may be as short as half a second. */
const idleMs = 200;

function providersOf(context: ServiceContext<MonitorConfig>): Provider[] {
  const { config, database, messaging, logger, meter, lists, tracer } = context;
  const poke: typeof messaging.poke = (committed) => messaging.poke(committed);
  const telemetry = new Telemetry(meter, logger, new MonitorCensus(database));
  const source = new HostMetrics(config.ALLOW_PRIVATE, config.HOST_KEY, tracer);
  const incidents = new IncidentService(database, new IncidentStore(database, pokeAndTell(poke, telemetry.incident)));
  const analysisStore = new AnalysisStore(database, pokeAndTell(poke, telemetry.analysis));
  const analyses = new AnalysisService(database, analysisStore, new JudgementStore(database));
  const watchStore = new WatchStore(database, pokeAndTell(poke, telemetry.watch));
  const watches = new WatchService(database, watchStore, incidents);
  const judging = new AnalysisReconciler(analyses, source, telemetry);
  const watching = new WatchReconciler(watches, source, telemetry);
  const common = { database, logger, idleMs };
  const loops = [
    new ReconcileLoop({
      name: 'analysis',
      ...common,
      due: () => analyses.due(),
      reconcile: (id) => judging.reconcile(id),
      traceOf: (id) => analysisStore.traceparent(id),
    }),
    new ReconcileLoop({
      name: 'watch',
      ...common,
      due: () => watches.due(),
      reconcile: (id) => watching.reconcile(id),
      traceOf: (id) => watchStore.traceparent(id),
    }),
  ];
  return [
    { provide: ApplicationStore, useValue: new ApplicationStore(database) },
    { provide: AnalysisService, useValue: analyses },
    { provide: AnalysisView, useValue: new AnalysisView(database) },
    { provide: WatchService, useValue: watches },
    { provide: IncidentService, useValue: incidents },
    { provide: IncidentView, useValue: new IncidentView(database) },
    { provide: Lists, useValue: lists },
    { provide: MonitorLoops, useValue: new MonitorLoops(loops) },
  ];
}
