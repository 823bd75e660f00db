import { DomainError, inboundTopic } from '@signalbox/domain';
import type { EventSource, ReceivedEvent } from '@signalbox/domain';
import { decodeEvent } from './codec.js';
import type { Decoded } from './codec.js';
import type { Delivery, Handlers } from './handlers.js';
import { seriesOf, Tally } from './metrics.js';
import type { Metrics } from './metrics.js';
import { describe, lockParkedKeys, orderKey, parkEvent, parkKey } from './parking.js';
import type { Batch, CrashAt, IncomingRecord, Logger, Transactions, Tx } from './ports.js';
import { isTrouble } from './trouble.js';

export interface InboxOptions {
  readonly consumer: string;
  readonly transactions: Transactions;
  readonly handlers: Handlers;
  /** Outside; what comes on their topics is refused where our own events would be parked. */
  readonly sources: readonly EventSource[];
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly crashAt: CrashAt;
  /** Types of which there is a contract; others are counted as unknown. */
  readonly knows: (type: string) => boolean;
}

type Message = { readonly record: IncomingRecord } & Exclude<Decoded, { kind: 'skipped' }>;
type Handled = Exclude<Message, { kind: 'refused' }>;
type Handle = (messages: readonly Handled[], parked: Set<string>, tx: Tx, tally: Tally) => Promise<void>;

const attempts = 3;

/** Applies batches of one service: each event once, in order, with its effects in the same transaction. */
export class Inbox {
  constructor(private readonly options: InboxOptions) {}

  /** Rejects, after telling the log, when the batch must come again later. */
  async take(batch: Batch): Promise<void> {
    try {
      await this.applyAll(batch);
    } catch (error) {
      const { topic, partition } = batch;
      this.options.logger.warn({ topic, partition, error: describe(error) }, 'a batch cannot be applied now');
      throw error;
    }
  }

  private async applyAll(batch: Batch): Promise<void> {
    const messages = batch.records.flatMap((record) => this.read(record) ?? []);
    if (messages.length === 0) return;
    try {
      await this.apply(batch.topic, messages, (...all) => this.handleAll(...all));
    } catch (error) {
      if (isTrouble(error)) throw error;
      // One of them fails: the same again with a savepoint around each, to find out which.
      await this.apply(batch.topic, messages, (...all) => this.handleEach(...all));
    }
    this.options.crashAt('after-commit');
  }

  private read(record: IncomingRecord): Message | undefined {
    const { handlers, sources, metrics, logger } = this.options;
    const decoded = decodeEvent(record, (type) => handlers.wants(type), sources);
    if (decoded.kind !== 'skipped') return { record, ...decoded };
    if (decoded.type !== undefined && !this.options.knows(decoded.type)) {
      metrics.unknown.inc();
      logger.debug({ type: decoded.type, topic: record.topic }, 'an event of a type this build lacks');
    }
    return undefined;
  }

  private async apply(topic: string, messages: readonly Message[], handle: Handle): Promise<void> {
    const { consumer, transactions, crashAt } = this.options;
    const tally = new Tally();
    await transactions.run(async (tx) => {
      const keys = [...new Set(messages.map((message) => orderKey(message.record)))];
      const [fresh, parked] = await Promise.all([
        this.freshOf(tx, messages),
        lockParkedKeys(tx, consumer, topic, keys),
      ]);
      await handle(
        fresh.filter((message) => message.kind !== 'refused'),
        parked,
        tx,
        tally,
      );
      crashAt('after-effect');
      await this.report(topic, messages, fresh, tx);
      crashAt('before-commit');
    });
    tally.commit();
  }

  /** Notes the messages as received and returns those that were not before; each identity once. */
  private async freshOf(tx: Tx, messages: readonly Message[]): Promise<Message[]> {
    const rows = await tx.query<{ event_id: string }>(
      `INSERT INTO inbox (consumer, event_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING RETURNING event_id`,
      // In one order everywhere: two partitions may hold the same events from outside, and must not wait for each other.
      [this.options.consumer, messages.map((message) => message.identity).toSorted()],
    );
    const fresh = new Set(rows.map((row) => row.event_id));
    return messages.filter((message) => fresh.delete(message.identity));
  }

  /** Tells of what came from outside, with what is done about it. */
  private async report(topic: string, all: readonly Message[], fresh: readonly Message[], tx: Tx): Promise<void> {
    const source = this.options.sources.find((each) => inboundTopic(each) === topic);
    if (!source) return;
    const events = (messages: readonly Message[]) => messages.filter(({ kind }) => kind === 'event').length;
    const accepted = events(fresh);
    const refused = fresh.flatMap((message) => (message.kind === 'refused' ? [message.refusal] : []));
    await this.options.handlers.report(
      { source: source.name, accepted, duplicates: events(all) - accepted, refused },
      tx,
    );
  }

  private async handleAll(messages: readonly Handled[], parked: Set<string>, tx: Tx, tally: Tally): Promise<void> {
    const { consumer, handlers, metrics } = this.options;
    const deliveries: Delivery[] = [];
    for (const message of messages) {
      if (parked.has(orderKey(message.record))) parkEvent(tx, consumer, message);
      else if (message.kind === 'malformed') throw new Error(message.why);
      else deliveries.push(message);
    }
    await handlers.handle(deliveries, tx, metrics, tally);
  }

  private async handleEach(messages: readonly Handled[], parked: Set<string>, tx: Tx, tally: Tally): Promise<void> {
    for (const message of messages) {
      const key = orderKey(message.record);
      if (parked.has(key)) parkEvent(tx, this.options.consumer, message);
      else if ((await this.handleOrPark(message, tx, tally)) === 'parked') parked.add(key);
    }
  }

  private async handleOrPark(message: Handled, tx: Tx, tally: Tally): Promise<'done' | 'parked'> {
    const { consumer, metrics, logger } = this.options;
    if (message.kind === 'malformed') {
      tally.note(() => metrics.malformed.inc());
      parkKey(tx, consumer, message, new Error(message.why), 'parked');
      return 'parked';
    }
    const outcome = await this.attempt(message, tx, tally);
    if (outcome === 'done') return 'done';
    const early = outcome.error instanceof DomainError;
    const { type, id } = message.event;
    tally.note(() => metrics.parked.inc({ type: seriesOf(type) }));
    logger.warn({ type, eventId: id, key: orderKey(message.record), error: describe(outcome.error) }, 'event parked');
    parkKey(tx, consumer, message, outcome.error, early ? 'retrying' : 'parked');
    return 'parked';
  }

  private async attempt(
    message: Handled & { kind: 'event' },
    tx: Tx,
    tally: Tally,
  ): Promise<'done' | { error: unknown }> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await withSavepoint(tx, tally, async () => {
        await this.options.handlers.handle([message], tx, this.options.metrics, tally);
        return 'done';
      });
      if (answer === 'done') return answer;
      if (isAnswer(answer.error)) {
        noteRefusal(message.event, answer.error, tally, this.options);
        return 'done';
      }
      if (answer.error instanceof DomainError || attempt === attempts) return answer;
    }
  }
}

/** A refusal is an answer: the event has been dealt with. */
export function noteRefusal(
  { type }: ReceivedEvent,
  error: unknown,
  tally: Tally,
  { logger, metrics }: Pick<InboxOptions, 'logger' | 'metrics'>,
): void {
  logger.info({ type, refusal: describe(error) }, 'event refused');
  tally.note(() => metrics.handled.inc({ type: seriesOf(type) }));
}

/** A refusal by the domain ends the matter, except that what is not found may only be early. */
export function isAnswer(error: unknown): boolean {
  return error instanceof DomainError && error.code !== 'not_found';
}

/** Undoes what `work` wrote if it fails. Trouble is thrown on, because then the whole transaction is lost. */
export async function withSavepoint(
  tx: Tx,
  tally: Tally,
  work: () => Promise<'done'>,
): Promise<'done' | { error: unknown }> {
  const { mark } = tally;
  try {
    return await tx.savepoint(work);
  } catch (error) {
    tally.undoTo(mark);
    if (isTrouble(error)) throw error;
    return { error };
  }
}
