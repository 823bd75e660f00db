import { isInbound, knownContracts, topicsOf } from '@signalbox/domain';
import type { EventContract, EventOf, EventSource, ReceivedEvent } from '@signalbox/domain';
import type { Registry } from 'prom-client';
import type { z } from 'zod';
import { Handlers } from './handlers.js';
import type { InboundReport } from './handlers.js';
import { Hearing } from './hearing.js';
import { Inbox } from './inbox.js';
import { Loop } from './loop.js';
import { Metrics } from './metrics.js';
import type { Stored } from './metrics.js';
import { ParkedEvents } from './parked-events.js';
import { describe } from './parking.js';
import type { Broker, Committed, CrashAt, Logger, PartitionProgress, Subscription, Transactions, Tx } from './ports.js';
import { Redriver } from './redriver.js';
import { Relay } from './relay.js';
import { Retention } from './retention.js';
import type { Tracer } from './tracing.js';
import { WakeUps } from './wake-ups.js';
import { within } from './within.js';

export interface MessagingOptions {
  /** Names the consumer group, `signalbox-<service>`. */
  readonly service: string;
  /** The CloudEvents source, `/signalbox/<service>`. */
  readonly source: string;
  readonly broker: Broker;
  /** Outside, as the installation declares them. */
  readonly sources?: readonly EventSource[];
  readonly transactions: Transactions;
  /** For the relay's own connection; not through a pooler. */
  readonly databaseUrl: string;
  readonly registry?: Registry;
  /** Absent: no spans are made. */
  readonly tracer?: Tracer | undefined;
  readonly logger: Logger;
  readonly crashAt?: CrashAt;
}

export interface MessagingStatus {
  readonly outboxRows: number;
  readonly outboxOldestAgeMs: number;
  readonly sendsOutbox: boolean;
  readonly parkedKeys: number;
  readonly retryingKeys: number;
  /** By how much the earliest wake-up is late; 0: none is. */
  readonly overdueMs: number;
  /** Records the service's group has not yet dealt with; undefined: the broker does not tell now. */
  readonly lag: number | undefined;
  readonly caughtUp: boolean;
}

/** From the beginning of a stop, by when what is in hand has ended, the outbox is sent, and the group has been left. */
const [inHandByMs, drainedByMs, leftByMs] = [4_000, 6_000, 6_500];
/** A broker that says nothing must not keep a process from ending. */
const closedInMs = 1_000;
const observeMs = 5_000;
const progressWithinMs = 4_000;
/** Whoever asks for the status does not wait longer for the broker. */
const tellWithinMs = 1_500;
const catchUpMs = 200;
/** Between two questions to a broker that is away. */
const deafMs = 1_000;

/** One service's messaging: it sends the outbox, applies what others say, retries what failed, and wakes what waits. */
export class Messaging {
  readonly source: string;
  readonly parked: ParkedEvents;
  private readonly handlers: Handlers;
  private readonly metrics: Metrics;
  private readonly inbox: Inbox;
  private readonly relay: Relay;
  private readonly redriver: Redriver;
  private readonly wakeUps: WakeUps;
  private readonly observer: Loop;
  private subscription: Subscription | undefined;
  private readonly hearing = new Hearing();
  private readonly retention: Retention;
  private observedAt = 0;
  private started: Promise<void> | undefined;
  private leaving: Promise<unknown> | undefined;
  private leavingSince = 0;
  private stopped: Promise<void> | undefined;

  constructor(private readonly options: MessagingOptions) {
    const { service, transactions, broker, logger, databaseUrl, sources = [], crashAt = () => undefined } = options;
    this.handlers = new Handlers(service, options.tracer);
    const { handlers } = this;
    this.source = options.source;
    this.metrics = new Metrics(options.registry);
    const { metrics } = this;
    const knows = (type: string) => knownContracts().has(type);
    this.inbox = new Inbox({ consumer: service, transactions, handlers, sources, metrics, logger, crashAt, knows });
    this.relay = new Relay({ databaseUrl, service, broker, metrics, logger, crashAt });
    this.redriver = new Redriver({ consumer: service, transactions, handlers, sources, metrics, logger });
    this.wakeUps = new WakeUps({ transactions, metrics, logger });
    this.retention = new Retention(transactions, logger);
    this.parked = new ParkedEvents(service, transactions, () => this.redriver.poke());
    this.observer = new Loop(
      () => this.observe(),
      (error) => {
        logger.debug({ error: describe(error) }, 'messaging cannot be observed now');
        return deafMs;
      },
    );
  }

  /** Handlers run in the transaction of their chunk; everything they write through `tx` or a store is part of it. */
  on<T extends EventContract>(contract: T, handler: (event: EventOf<T>, tx: Tx) => Promise<void>): void {
    const { service } = this.options;
    if (!topicsOf(service).reads.includes(contract.topic))
      throw new Error(`${service} handles ${contract.type} and does not read ${contract.topic} (serviceTopics)`);
    // What a tool outside says of the same type is its word, not that of the service that owns the type.
    this.handlers.on(contract, async (event, tx) => {
      if (!isInbound(event.topic)) await handler(event, tx);
    });
  }

  /** Of this type, from outside alone; `customData` is the sender's own and unknown. */
  onOutside<T extends EventContract>(
    contract: T,
    handler: (event: ReceivedEvent<z.output<T['content']>>, tx: Tx) => Promise<void>,
  ): void {
    this.handlers.on(contract, async (event, tx) => {
      if (isInbound(event.topic)) await handler(event as ReceivedEvent<z.output<T['content']>>, tx);
    });
  }

  /** Every event on every topic it reads, also of types this build does not know. */
  onAny(handler: (event: ReceivedEvent, tx: Tx) => Promise<void>): void {
    this.handlers.onAny(handler);
  }

  /**
   * As `onAny`, with all events of a chunk in one call, in their order: for what can be written set by set. After a
   * failure they come one by one. What it writes into the outbox has no cause.
   */
  onAnyTogether(handler: (events: readonly ReceivedEvent[], tx: Tx) => Promise<void>): void {
    this.handlers.onAnyTogether(handler);
  }

  /** Is told, in the chunk's transaction, what has become of what a source outside has sent. */
  onInbound(handler: (report: InboundReport, tx: Tx) => Promise<void>): void {
    this.handlers.onInbound(handler);
  }

  /** The handler runs inside the firing transaction: it locks the aggregate, looks, and saves. */
  onWakeUp(aggregate: string, handler: (id: string) => Promise<void>): void {
    this.wakeUps.on(aggregate, handler);
  }

  /** Register handlers first. Further calls change nothing. */
  start(): Promise<void> {
    this.started ??= this.begin();
    return this.started;
  }

  /**
   * Begins a stop: takes no more events, fires no more wake-ups, and goes on sending the outbox. Resolves when nothing is
   * in hand any more and the group has been left.
   */
  leave(): Promise<unknown> {
    if (!this.leaving) [this.leavingSince, this.leaving] = [Date.now(), this.endReading()];
    return this.leaving;
  }

  /**
   * Ends the chunks in hand, sends the rest of the outbox and leaves the group, within eight seconds since it was told to
   * leave: what a broker or database that says nothing keeps from being done by then is done by whoever comes next.
   */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  /** Call after a local commit: what it wrote goes out at once, and the wake-up it has set is not missed. */
  poke({ wakeUpInMs }: Committed = {}): void {
    this.relay.poke();
    if (wakeUpInMs !== undefined) this.wakeUps.set(wakeUpInMs);
  }

  /** True once everything that was in the log at the start has been applied. */
  isCaughtUp(): boolean {
    return this.hearing.caughtUp;
  }

  /**
   * Since when it has heard everything; undefined while the broker or the database is away or it lags far behind, and
   * until what was said meanwhile has been applied. A silence that began earlier may be its own, not the other side's.
   */
  hearsSince(): Date | undefined {
    return this.hearing.since();
  }

  async status(): Promise<MessagingStatus> {
    const [stored, progress] = await Promise.all([this.stored(), this.progress(tellWithinMs)]);
    return {
      ...stored,
      sendsOutbox: this.relay.isOwner,
      lag: progress && [...lagByTopic(progress).values()].reduce((sum, records) => sum + records, 0),
      caughtUp: this.hearing.caughtUp,
    };
  }

  private async stored(): Promise<Stored & { now: Date }> {
    const [row] = await this.options.transactions.run((tx) =>
      tx.query<{ now: Date } & Record<'rows' | 'age_ms' | 'parked' | 'retrying' | 'parked_ms' | 'overdue_ms', number>>(
        `SELECT clock_timestamp() AS now, (SELECT count(*)::int FROM outbox) AS rows,
           coalesce((SELECT extract(epoch FROM clock_timestamp() - created_at) * 1000 FROM outbox ORDER BY id LIMIT 1), 0)::float8
             AS age_ms,
           (SELECT count(*)::int FROM parked_key WHERE consumer = $1 AND state = 'parked') AS parked,
           (SELECT count(*)::int FROM parked_key WHERE consumer = $1 AND state = 'retrying') AS retrying,
           coalesce((SELECT extract(epoch FROM now() - min(since)) * 1000 FROM parked_key
             WHERE consumer = $1 AND state = 'parked'), 0)::float8 AS parked_ms,
           coalesce((SELECT greatest(extract(epoch FROM now() - min(due_at)) * 1000, 0) FROM wake_up), 0)::float8
             AS overdue_ms`,
        [this.options.service],
      ),
    );
    if (!row) throw new Error('the database did not tell what it holds');
    return {
      now: row.now,
      outboxRows: row.rows,
      outboxOldestAgeMs: row.age_ms,
      parkedKeys: row.parked,
      retryingKeys: row.retrying,
      parkedOldestAgeMs: row.parked_ms,
      overdueMs: row.overdue_ms,
    };
  }

  private async begin(): Promise<void> {
    const { broker, service } = this.options;
    await broker.start();
    if (this.leaving) return;
    // What is written here must go out, even while the group takes its time to admit this member.
    this.relay.start();
    this.redriver.start();
    this.wakeUps.start();
    this.subscription = await broker.subscribe({
      group: `signalbox-${service}`,
      topics: topicsOf(service, this.options.sources).reads,
      onBatch: (batch) => this.inbox.take(batch),
    });
    this.observer.start();
  }

  private async end(): Promise<void> {
    const leaving = this.leave();
    if (!this.started) return;
    const until = (byMs: number) => Math.max(0, this.leavingSince + byMs - Date.now());
    await within(until(inHandByMs), leaving);
    await this.relay.stop(until(drainedByMs));
    await within(until(leftByMs), leaving);
    await within(closedInMs, this.options.broker.stop());
  }

  private async endReading(): Promise<unknown> {
    await this.started?.catch(() => undefined);
    const { observer, wakeUps, redriver, subscription } = this;
    return Promise.allSettled([observer.stop(), wakeUps.stop(), redriver.stop(), subscription?.stop()]);
  }

  private async observe(): Promise<number> {
    const progress = await this.progress();
    // Database and broker may be away one without the other; what the one says is told all the same.
    const isFull = this.hearing.since() !== undefined || Date.now() - this.observedAt >= observeMs;
    const stored = isFull ? await this.stored().catch(() => undefined) : undefined;
    this.hearing.look({ progress, now: isFull ? stored?.now : await this.now() });
    const hears = this.hearing.since() !== undefined;
    if (isFull) {
      this.observedAt = Date.now();
      this.metrics.observeStored(stored);
      const { caughtUp } = this.hearing;
      this.metrics.observeProcess(lagByTopic(progress ?? []), { owner: this.relay.isOwner, caughtUp, hears });
    }
    if (hears) this.retention.keep();
    if (hears && isFull) return stored ? observeMs : deafMs;
    return progress && !this.hearing.caughtUp ? catchUpMs : deafMs;
  }

  /** The database's; undefined: it does not answer. */
  private async now(): Promise<Date | undefined> {
    const ask = this.options.transactions.run((tx) => tx.query<{ now: Date }>('SELECT clock_timestamp() AS now'));
    return (await ask.catch(() => []))[0]?.now;
  }

  /** Undefined: the broker does not tell now. */
  private progress(withinMs = progressWithinMs): Promise<readonly PartitionProgress[] | undefined> {
    const late = new Promise<undefined>((resolve) => void setTimeout(() => resolve(undefined), withinMs).unref());
    return Promise.race([this.subscription?.progress(), late]).catch(() => undefined);
  }
}

function lagByTopic(progress: readonly PartitionProgress[]): Map<string, number> {
  const lag = new Map<string, number>();
  for (const { topic, position, end } of progress) lag.set(topic, (lag.get(topic) ?? 0) + Math.max(0, end - position));
  return lag;
}
