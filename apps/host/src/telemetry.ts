import { Counter, Gauge, Registry } from 'prom-client';
import type { SlotService } from './slot/slot.service.js';

/** The slots' counters in Prometheus' text format, made anew from their only source for each scrape. */
export async function prometheusText(slots: SlotService): Promise<string> {
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
  const restarts = new Gauge({ ...make, name: 'signalbox_host_restarts', help: 'Starts after the first' });
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
      restarts.set(labels, each.restarts);
    }
  }
  return registry.metrics();
}
