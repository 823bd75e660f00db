import { DomainError, inboundPrefix, inboundTopic, sourceOfTopic } from '@signalbox/domain';
import type { EventSource } from '@signalbox/domain';
import { decodeEvent } from './codec.js';
import type { Handlers } from './handlers.js';
import { isAnswer, noteRefusal, withSavepoint } from './inbox.js';
import { Loop, backOffMs } from './loop.js';
import { Tally } from './metrics.js';
import type { Metrics } from './metrics.js';
import { describe, fingerprint } from './parking.js';
import type { IncomingRecord, Logger, Transactions, Tx } from './ports.js';

export interface RedriverOptions {
  readonly consumer: string;
  readonly transactions: Transactions;
  readonly handlers: Handlers;
  readonly sources: readonly EventSource[];
  readonly metrics: Metrics;
  readonly logger: Logger;
}

interface DueKey {
  topic: string;
  key: string;
  attempts: number;
  waited_ms: number;
}

interface ParkedRow {
  seq: string;
  part: number;
  off: string;
  record_key: string | null;
  headers: Record<string, string>;
  payload: Buffer | null;
}

const idleMs = 1_000;
const chunkSize = 100;
/** How long what is not found may only be early. */
const earlyForMs = 10 * 60_000;
/** An attempt runs the handler: it costs more than a connection, and what it waits for is seldom over in a moment. */
const mostBetweenAttemptsMs = 10_000;

/** Gives held-back events to their handlers again, in order, one key at a time. */
export class Redriver {
  private readonly loop: Loop;

  constructor(private readonly options: RedriverOptions) {
    this.loop = new Loop(
      async () => ((await this.redriveNext()) ? 0 : idleMs),
      (error, failures) => {
        options.logger.warn({ error: describe(error), failures }, 'parked events cannot be redriven now');
        return backOffMs(failures);
      },
    );
  }

  start(): void {
    this.loop.start();
  }

  poke(): void {
    this.loop.poke();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  private async redriveNext(): Promise<boolean> {
    const tally = new Tally();
    const isDone = await this.options.transactions.run(async (tx) => {
      const [due] = await tx.query<DueKey>(
        `SELECT topic, key, attempts, (extract(epoch FROM now() - since) * 1000)::float8 AS waited_ms FROM parked_key
         WHERE consumer = $1 AND state = 'retrying' AND next_at <= now() AND (topic = ANY($2) OR NOT starts_with(topic, $3))
         ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
        // Of a source that is not declared now nobody knows what it may say: its events wait until it is again.
        [this.options.consumer, this.options.sources.map(inboundTopic), inboundPrefix],
      );
      if (!due) return false;
      await this.redrive(tx, due, tally);
      return true;
    });
    tally.commit();
    return isDone;
  }

  private async redrive(tx: Tx, due: DueKey, tally: Tally): Promise<void> {
    const id = [this.options.consumer, due.topic, due.key];
    const rows = await tx.query<ParkedRow>(
      `SELECT seq, part, off, record_key, headers, payload FROM parked_event
       WHERE consumer = $1 AND topic = $2 AND key = $3 ORDER BY seq LIMIT ${chunkSize}`,
      id,
    );
    for (const row of rows) {
      const outcome = await this.apply(tx, recordOf(due.topic, row), tally);
      if (outcome !== 'done') return this.postpone(tx, due, row.seq, outcome.error);
      tx.execute('DELETE FROM parked_event WHERE seq = $1', [row.seq]);
    }
    if (rows.length < chunkSize) {
      tx.execute('DELETE FROM parked_key WHERE consumer = $1 AND topic = $2 AND key = $3', id);
    }
  }

  private async apply(tx: Tx, record: IncomingRecord, tally: Tally): Promise<'done' | { error: unknown }> {
    const { handlers, metrics, sources } = this.options;
    const decoded = decodeEvent(record, (type) => handlers.wants(type), sources);
    if (decoded.kind === 'skipped') return 'done';
    if (decoded.kind === 'refused') {
      const source = sourceOfTopic(record.topic) ?? '';
      await handlers.report({ source, accepted: 0, duplicates: 0, refused: [decoded.refusal] }, tx);
      return 'done';
    }
    if (decoded.kind === 'malformed') return { error: new Error(decoded.why) };
    const outcome = await withSavepoint(tx, tally, async () => {
      await handlers.handle([decoded], tx, metrics, tally);
      return 'done';
    });
    if (outcome !== 'done' && !isAnswer(outcome.error)) return outcome;
    if (outcome !== 'done') noteRefusal(decoded.event, outcome.error, tally, this.options);
    return 'done';
  }

  private postpone(tx: Tx, due: DueKey, seq: string, error: unknown): void {
    const mayBeEarly = error instanceof DomainError && due.waited_ms < earlyForMs;
    tx.execute('UPDATE parked_event SET error = $2, fingerprint = $3 WHERE seq = $1', [
      seq,
      describe(error),
      fingerprint(error),
    ]);
    tx.execute(
      `UPDATE parked_key SET attempts = attempts + 1, state = $4, next_at = now() + $5 * interval '1 ms'
       WHERE consumer = $1 AND topic = $2 AND key = $3`,
      [
        this.options.consumer,
        due.topic,
        due.key,
        mayBeEarly ? 'retrying' : 'parked',
        backOffMs(due.attempts + 1, mostBetweenAttemptsMs),
      ],
    );
  }
}

function recordOf(topic: string, row: ParkedRow): IncomingRecord {
  return {
    topic,
    partition: row.part,
    offset: Number(row.off),
    key: row.record_key,
    headers: row.headers,
    value: row.payload,
  };
}
