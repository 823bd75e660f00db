import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { SlotService } from './slot/slot.service.js';

export interface Build {
  version: string;
  commit: string;
}

/** Memory, processor and event loop of this process, and which build it is. */
export function processFigures(build: Build): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  new Gauge({
    name: 'signalbox_build_info',
    help: 'Always 1; its labels say which build runs',
    labelNames: Object.keys(build),
    registers: [registry],
  }).set({ ...build }, 1);
  return registry;
}

/** The slots' counters in Prometheus' text format, made anew from their only source for each scrape. */
export async function prometheusText(slots: SlotService, ofProcess: Registry): Promise<string> {
  const registry = new Registry();
  const labelNames = ['application', 'environment', 'deployment', 'version'] as const;
  const make = { labelNames, registers: [registry] };
  const requests = new Counter({ ...make, name: 'signalbox_router_requests_total', help: 'Requests answered' });
  const errors = new Counter({
    ...make,
    name: 'signalbox_router_errors_total',
    help: 'Answers 5xx, failed connections',
  });
  const ready = new Gauge({ ...make, name: 'signalbox_host_ready_replicas', help: 'Processes that take requests' });
  const wanted = new Gauge({ ...make, name: 'signalbox_host_wanted_replicas', help: 'Processes that should run' });
  const restarts = new Counter({ ...make, name: 'signalbox_host_restarts_total', help: 'Starts after the first' });
  for (const { stored, active, traffic } of slots.list()) {
    const { application, environment } = stored;
    for (const [deployment, counted] of traffic.entries()) {
      const labels = { application, environment, deployment, version: counted.version };
      requests.inc(labels, counted.requests);
      errors.inc(labels, counted.errors);
    }
    for (const each of active.deployments) {
      const labels = { application, environment, deployment: each.deploymentId, version: each.desired.version };
      ready.set(labels, each.readyReplicas);
      wanted.set(labels, each.desired.replicas);
      restarts.inc(labels, each.restarts);
    }
  }
  return [await registry.metrics(), await ofProcess.metrics()].join('\n');
}
