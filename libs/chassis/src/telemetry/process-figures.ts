import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** What was built: both are `unknown` where whoever started the process did not say. */
export interface Build {
  BUILD_VERSION: string;
  BUILD_COMMIT: string;
}

let ofProcess: Registry | undefined;

/** Memory, processor, event loop: a process has them once, however many services it hosts. */
export function processFigures(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess, eventLoopMonitoringPrecision: 100 });
  }
  return ofProcess;
}

export function showBuild(registry: Registry, { BUILD_VERSION, BUILD_COMMIT }: Build): void {
  const labels = { version: BUILD_VERSION, commit: BUILD_COMMIT };
  new Gauge({
    name: 'signalbox_build_info',
    help: 'Always 1; its labels say which build runs',
    labelNames: Object.keys(labels),
    registers: [registry],
  }).set(labels, 1);
}
