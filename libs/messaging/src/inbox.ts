import { DomainError } from '@signalbox/domain';
import { decodeEvent } from './codec.js';
import type { Decoded } from './codec.js';
import type { Handlers } from './handlers.js';
import { Tally } from './metrics.js';
import type { Metrics } from './metrics.js';
import { describe, lockParkedKeys, orderKey, parkEvent, parkKey } from './parking.js';
import type { Batch, CrashAt, IncomingRecord, Logger, Transactions, Tx } from './ports.js';
import { isTrouble } from './trouble.js';

export interface InboxOptions {
  readonly consumer: string;
  readonly transactions: Transactions;
  readonly handlers: Handlers;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly crashAt: CrashAt;
  /** Types of which there is a contract; others are counted as unknown. */
  readonly knows: (type: string) => boolean;
}

type Message = { readonly record: IncomingRecord } & Exclude<Decoded, { kind: 'skipped' }>;

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
      await this.apply(batch.topic, messages, (message, tx, tally) => this.handle(message, tx, tally));
    } catch (error) {
      if (isTrouble(error)) throw error;
      // One of them fails: the same again with a savepoint around each, to find out which.
      await this.apply(batch.topic, messages, (message, tx, tally) => this.handleOrPark(message, tx, tally));
    }
    this.options.crashAt('after-commit');
  }

  private read(record: IncomingRecord): Message | undefined {
    const decoded = decodeEvent(record, (type) => this.options.handlers.wants(type));
    if (decoded.kind !== 'skipped') return { record, ...decoded };
    if (decoded.type !== undefined && !this.options.knows(decoded.type)) {
      this.options.metrics.unknown.inc();
      this.options.logger.debug({ type: decoded.type, topic: record.topic }, 'an event of a type this build lacks');
    }
    return undefined;
  }

  private async apply(
    topic: string,
    messages: readonly Message[],
    handle: (message: Message, tx: Tx, tally: Tally) => Promise<'done' | 'parked'>,
  ): Promise<void> {
    const { consumer, transactions, crashAt } = this.options;
    const tally = new Tally();
    await transactions.run(async (tx) => {
      const keys = [...new Set(messages.map((message) => orderKey(message.record)))];
      const [fresh, parked] = await Promise.all([
        this.freshOf(tx, messages),
        lockParkedKeys(tx, consumer, topic, keys),
      ]);
      for (const message of fresh) {
        const key = orderKey(message.record);
        if (parked.has(key)) parkEvent(tx, consumer, message);
        else if ((await handle(message, tx, tally)) === 'parked') parked.add(key);
        crashAt('after-effect');
      }
      crashAt('before-commit');
    });
    tally.commit();
  }

  /** Notes the messages as received and returns those that were not before; each identity once. */
  private async freshOf(tx: Tx, messages: readonly Message[]): Promise<Message[]> {
    const rows = await tx.query<{ event_id: string }>(
      `INSERT INTO inbox (consumer, event_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING RETURNING event_id`,
      [this.options.consumer, messages.map((message) => message.identity)],
    );
    const fresh = new Set(rows.map((row) => row.event_id));
    return messages.filter((message) => fresh.delete(message.identity));
  }

  private async handle(message: Message, tx: Tx, tally: Tally): Promise<'done'> {
    if (message.kind === 'malformed') throw new Error(message.why);
    await this.options.handlers.handleCounted(message, tx, this.options.metrics, tally);
    return 'done';
  }

  private async handleOrPark(message: Message, tx: Tx, tally: Tally): Promise<'done' | 'parked'> {
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
    tally.note(() => metrics.parked.inc({ type }));
    logger.warn({ type, eventId: id, key: orderKey(message.record), error: describe(outcome.error) }, 'event parked');
    parkKey(tx, consumer, message, outcome.error, early ? 'retrying' : 'parked');
    return 'parked';
  }

  private async attempt(
    message: Message & { kind: 'event' },
    tx: Tx,
    tally: Tally,
  ): Promise<'done' | { error: unknown }> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await withSavepoint(tx, tally, () => this.handle(message, tx, tally));
      if (answer === 'done') return answer;
      if (isAnswer(answer.error)) {
        this.options.logger.info({ type: message.event.type, refusal: describe(answer.error) }, 'event refused');
        tally.note(() => this.options.metrics.handled.inc({ type: message.event.type }));
        return 'done';
      }
      if (answer.error instanceof DomainError || attempt === attempts) return answer;
    }
  }
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
