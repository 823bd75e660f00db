import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { SlotService } from './slot/slot.service.js';

export interface Build {
  version: string;
  commit: string;
}

/** What operators see of this machine: its slots, and the process that serves them. */
export class HostFigures {
  readonly ofSlots = new Registry();
  readonly ofProcess = new Registry();
  private readonly requests;
  private readonly errors;
  private readonly ready;
  private readonly wanted;
  private readonly restarts;

  constructor(build: Build) {
    const registers = [this.ofSlots];
    const of = (name: string, help: string) => ({
      name: `signalbox_${name}`,
      help,
      registers,
      labelNames: ['application', 'environment', 'deployment', 'version'] as const,
    });
    this.requests = new Counter(of('router_requests_total', 'Requests that users got an answer to'));
    this.errors = new Counter(of('router_errors_total', 'Answers 5xx, failed connections'));
    this.ready = new Gauge(of('host_ready_replicas', 'Processes that take requests'));
    this.wanted = new Gauge(of('host_wanted_replicas', 'Processes that should run'));
    this.restarts = new Counter(of('host_restarts_total', 'Starts of released processes after the first'));
    collectDefaultMetrics({ register: this.ofProcess, eventLoopMonitoringPrecision: 100 });
    const help = 'Always 1; its labels say which build runs';
    const labelNames = Object.keys(build);
    new Gauge({ name: 'signalbox_build_info', help, labelNames, registers: [this.ofProcess] }).set({ ...build }, 1);
  }

  /** Prometheus' text format. Slots have the only count of what they did: it is taken over anew for each scrape. */
  async text(slots: SlotService): Promise<string> {
    this.ofSlots.resetMetrics();
    for (const { stored, active, traffic } of slots.list()) {
      const { application, environment } = stored;
      for (const [deployment, counted] of traffic.entries()) {
        const labels = { application, environment, deployment, version: counted.version };
        this.requests.inc(labels, counted.requests);
        this.errors.inc(labels, counted.errors);
      }
      for (const each of active.deployments) {
        const labels = { application, environment, deployment: each.deploymentId, version: each.desired.version };
        this.ready.set(labels, each.readyReplicas);
        this.wanted.set(labels, each.desired.replicas);
        this.restarts.inc(labels, each.restarts);
      }
    }
    return [await this.ofSlots.metrics(), await this.ofProcess.metrics()].join('\n');
  }
}
