import type { Logger } from '@signalbox/chassis';
import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';

/** What operators see of the monitor beside its events: counter and log line together. */
export class Telemetry {
  private readonly failedLooks: Counter;

  constructor(
    registry: Registry,
    private readonly logger: Logger,
  ) {
    this.failedLooks = new Counter({
      name: 'signalbox_monitor_failed_looks_total',
      help: 'Looks at a metrics endpoint that got no counters',
      registers: [registry],
    });
  }

  unreadable(look: { id: string; url: string; reason: string }): void {
    this.failedLooks.inc();
    this.logger.warn(look, 'metrics cannot be read now; nothing is judged');
  }
}
