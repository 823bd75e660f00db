import { knownContracts } from '@signalbox/domain';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What one service's tables say of its messaging now. */
export interface Stored {
  readonly outboxRows: number;
  readonly outboxOldestAgeMs: number;
  readonly parkedKeys: number;
  readonly retryingKeys: number;
  readonly parkedOldestAgeMs: number;
  /** By how much the oldest wake-up is late. */
  readonly overdueMs: number;
}

const quick = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5];
const delays = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600];

/** The label of an event type: wire names of others must not multiply the series. */
export function seriesOf(type: string): string {
  return knownContracts().has(type) ? type : 'other';
}

/** The figures of one service's messaging, in the registry it was given. */
export class Metrics {
  readonly handled: Counter<'type'>;
  readonly parked: Counter<'type'>;
  readonly unknown: Counter;
  readonly malformed: Counter;
  readonly sent: Counter;
  readonly sendFailures: Counter;
  readonly wakeUps: Counter<'aggregate'>;
  readonly wakeUpFailures: Counter<'aggregate'>;
  readonly handling: Histogram<'type'>;
  readonly delay: Histogram<'topic'>;
  private readonly stored: Record<keyof Stored, Gauge>;
  private readonly owner: Gauge;
  private readonly caughtUp: Gauge;
  private readonly hears: Gauge;
  private readonly lag: Gauge<'topic'>;

  constructor(registry: Registry = new Registry()) {
    const registers = [registry];
    const of = <L extends string>(name: string, help: string, labelNames: L[] = []) => ({
      name: `signalbox_${name}`,
      help,
      labelNames,
      registers,
    });
    this.handled = new Counter(
      of('events_handled_total', 'Events whose handlers succeeded or gave a refusal, once committed', ['type']),
    );
    this.parked = new Counter(of('events_parked_total', 'Events whose handlers failed and were held back', ['type']));
    this.unknown = new Counter(of('events_unknown_total', 'Events of types this build does not know'));
    this.malformed = new Counter(of('events_malformed_total', 'Records that could not be read and were parked'));
    this.handling = new Histogram({
      ...of('event_handling_seconds', 'Time in the handlers of an event, by its type', ['type']),
      buckets: quick,
    });
    this.delay = new Histogram({
      ...of('event_delay_seconds', 'From an event being written until it was applied here', ['topic']),
      buckets: delays,
    });
    this.sent = new Counter(of('outbox_sent_total', 'Events handed to the broker'));
    this.sendFailures = new Counter(of('outbox_send_failures_total', 'Attempts to send the outbox that failed'));
    this.wakeUps = new Counter(of('wake_ups_total', 'Wake-ups fired', ['aggregate']));
    this.wakeUpFailures = new Counter(of('wake_up_failures_total', 'Wake-ups that failed; tried again', ['aggregate']));
    this.lag = new Gauge(of('consumer_lag_records', 'Records the service has not yet dealt with', ['topic']));
    this.owner = new Gauge(of('outbox_owner', '1: this process sends the outbox; of several processes one does'));
    this.hears = new Gauge(of('consumer_hears', '1: what is said is applied in time; 0: no silence counts meanwhile'));
    this.caughtUp = new Gauge(
      of('consumer_caught_up', '1: everything that was in the log at the start has been applied'),
    );
    // Without labels a gauge begins at 0, which would be a claim: what nobody has looked at yet is left out.
    const unknown = (name: string, help: string) => {
      const gauge = new Gauge(of(name, help));
      gauge.remove();
      return gauge;
    };
    this.stored = {
      outboxRows: unknown('outbox_rows', 'Events waiting to be sent'),
      outboxOldestAgeMs: unknown(
        'outbox_oldest_age_seconds',
        'Age of the oldest event waiting to be sent; 0: none waits',
      ),
      parkedKeys: unknown('parked_keys', 'Keys whose events are held back until a person redrives or skips them'),
      retryingKeys: unknown('retrying_keys', 'Keys whose events are held back and tried again by themselves'),
      parkedOldestAgeMs: unknown('parked_oldest_age_seconds', 'For how long the oldest parked key has been held back'),
      overdueMs: unknown('wake_ups_overdue_seconds', 'By how much the oldest wake-up is late; 0: none is'),
    };
  }

  /** @param stored undefined: nothing can be said now, and old figures would be taken for today's */
  observeStored(stored: Stored | undefined): void {
    for (const [name, gauge] of Object.entries(this.stored)) {
      const value = stored?.[name as keyof Stored];
      if (value === undefined) gauge.remove();
      else gauge.set(name.endsWith('Ms') ? value / 1000 : value);
    }
  }

  /** @param lagByTopic empty: nothing can be said now */
  observeProcess(lagByTopic: ReadonlyMap<string, number>, is: Record<'owner' | 'caughtUp' | 'hears', boolean>): void {
    this.lag.reset();
    for (const [topic, records] of lagByTopic) this.lag.set({ topic }, records);
    this.owner.set(is.owner ? 1 : 0);
    this.caughtUp.set(is.caughtUp ? 1 : 0);
    this.hears.set(is.hears ? 1 : 0);
  }
}

/** What a transaction did, told to the counters when it has committed. */
export class Tally {
  private readonly notes: (() => void)[] = [];

  note(count: () => void): void {
    this.notes.push(count);
  }

  /** Where a savepoint begins; `undoTo` forgets what was noted since. */
  get mark(): number {
    return this.notes.length;
  }

  undoTo(mark: number): void {
    this.notes.length = mark;
  }

  commit(): void {
    for (const count of this.notes) count();
  }
}
