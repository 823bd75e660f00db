import { Counter, Gauge, Registry } from 'prom-client';

/** The figures of one service's messaging, in the registry it was given. */
export class Metrics {
  readonly handled: Counter<'type'>;
  readonly failed: Counter<'type'>;
  readonly skipped: Counter<'type'>;
  readonly malformed: Counter;
  readonly sent: Counter;
  readonly wakeUps: Counter<'aggregate'>;
  private readonly outboxRows: Gauge;
  private readonly outboxAge: Gauge;
  private readonly parkedKeys: Gauge;
  private readonly lag: Gauge;

  constructor(registry: Registry = new Registry()) {
    const registers = [registry];
    const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
      new Counter({ name: `signalbox_${name}`, help, labelNames, registers });
    const gauge = (name: string, help: string) => new Gauge({ name: `signalbox_${name}`, help, registers });
    this.handled = counter('events_handled_total', 'Events whose handlers succeeded or gave a refusal', ['type']);
    this.failed = counter('events_failed_total', 'Events that were parked', ['type']);
    this.skipped = counter('events_unknown_total', 'Events of types this build does not know', ['type']);
    this.malformed = counter('events_malformed_total', 'Records that could not be read and were parked', []);
    this.sent = counter('outbox_sent_total', 'Events handed to the broker', []);
    this.wakeUps = counter('wake_ups_total', 'Wake-ups fired', ['aggregate']);
    this.outboxRows = gauge('outbox_rows', 'Events waiting to be sent');
    this.outboxAge = gauge('outbox_oldest_age_seconds', 'Age of the oldest event waiting to be sent');
    this.parkedKeys = gauge('parked_keys', 'Keys whose events are held back');
    this.lag = gauge('consumer_lag', 'Records not yet dealt with');
  }

  observe(status: { outboxRows: number; outboxOldestAgeMs: number; parkedKeys: number; lag: number }): void {
    this.outboxRows.set(status.outboxRows);
    this.outboxAge.set(status.outboxOldestAgeMs / 1000);
    this.parkedKeys.set(status.parkedKeys);
    this.lag.set(status.lag);
  }
}
