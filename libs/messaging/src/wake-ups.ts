import { DomainError } from '@signalbox/domain';
import { Loop, backOffMs } from './loop.js';
import type { Metrics } from './metrics.js';
import { describe } from './parking.js';
import type { Logger, Transactions, Tx } from './ports.js';
import { isTrouble } from './trouble.js';

export type WakeUpHandler = (id: string) => Promise<void>;

export interface WakeUpsOptions {
  readonly transactions: Transactions;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

interface WaitingRow {
  aggregate: string;
  id: string;
  due_in_ms: number;
}

/** A wake-up that was set elsewhere, or by a process that died, is seen after that long. */
const idleMs = 1_000;
const batchSize = 200;
/** Another replica is firing what is due here. */
const contendedMs = 20;

/** Calls an aggregate's handler when its wake-up is due by the database's clock. Any number of replicas may do this. */
export class WakeUps {
  private readonly handlers = new Map<string, WakeUpHandler>();
  private readonly loop: Loop;
  /** When it looks next, by `performance.now()`; while it looks, never. */
  private looksAt = -Infinity;
  /** The earliest that was set since it began to look. */
  private soonest = Infinity;

  constructor(private readonly options: WakeUpsOptions) {
    this.loop = new Loop(
      () => this.turn(),
      (error, failures) => {
        options.logger.warn({ error: describe(error), failures }, 'wake-ups cannot be read now');
        return backOffMs(failures);
      },
    );
  }

  on(aggregate: string, handler: WakeUpHandler): void {
    if (this.handlers.has(aggregate)) throw new Error(`wake-ups of ${aggregate} have a handler already`);
    this.handlers.set(aggregate, handler);
  }

  start(): void {
    if (this.handlers.size > 0) this.loop.start();
  }

  /** One has been set that is due in so many milliseconds. Nobody looks for it before. */
  set(inMs: number): void {
    const at = performance.now() + inMs;
    this.soonest = Math.min(this.soonest, at);
    if (at < this.looksAt) this.loop.poke();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  private async turn(): Promise<number> {
    [this.looksAt, this.soonest] = [-Infinity, Infinity];
    const waitMs = await this.look();
    this.looksAt = Math.min(performance.now() + waitMs, this.soonest);
    return Math.max(0, this.looksAt - performance.now());
  }

  /** @returns for how long there is nothing to do */
  private async look(): Promise<number> {
    const rows = await this.options.transactions.run((tx) =>
      tx.query<WaitingRow>(
        `SELECT aggregate, id, (extract(epoch FROM due_at - now()) * 1000)::float8 AS due_in_ms FROM wake_up
         WHERE aggregate = ANY($1) AND due_at <= now() + $2 * interval '1 ms' ORDER BY due_at LIMIT ${batchSize}`,
        [[...this.handlers.keys()], idleMs],
      ),
    );
    let fired = 0;
    for (const row of rows) {
      if (this.loop.isStopping) return 0;
      if (row.due_in_ms > 0) return fired > 0 ? 0 : Math.ceil(row.due_in_ms);
      if (await this.fire(row)) fired += 1;
    }
    if (fired > 0) return 0;
    return rows.length > 0 ? contendedMs : idleMs;
  }

  private async fire({ aggregate, id }: WaitingRow): Promise<boolean> {
    const { transactions, metrics, logger } = this.options;
    try {
      const fired = await transactions.run((tx) => this.fireOnce(tx, aggregate, id));
      if (fired) metrics.wakeUps.inc({ aggregate });
      return fired;
    } catch (error) {
      if (isTrouble(error)) throw error;
      logger.error({ aggregate, id, error: describe(error) }, 'a wake-up failed');
      await this.afterFailure(aggregate, id, error);
      return false;
    }
  }

  /** The lock keeps other replicas out, the second read sees what they did before. */
  private async fireOnce(tx: Tx, aggregate: string, id: string): Promise<boolean> {
    const [lock, still] = await Promise.all([
      tx.query<{ mine: boolean }>(`SELECT pg_try_advisory_xact_lock(hashtextextended($1 || '/' || $2, 0)) AS mine`, [
        aggregate,
        id,
      ]),
      tx.query('SELECT 1 FROM wake_up WHERE aggregate = $1 AND id = $2 AND due_at <= now()', [aggregate, id]),
    ]);
    if (!lock[0]?.mine || still.length === 0) return false;
    await this.handlers.get(aggregate)?.(id);
    // A handler that leaves its own wake-up due would be called for ever.
    tx.execute(
      `UPDATE wake_up SET due_at = now() + interval '1 s' WHERE aggregate = $1 AND id = $2 AND due_at <= now()`,
      [aggregate, id],
    );
    return true;
  }

  private async afterFailure(aggregate: string, id: string, error: unknown): Promise<void> {
    const gone = error instanceof DomainError && error.code === 'not_found';
    // Each attempt is set anew and so is never late: only this tells of one that never succeeds.
    if (!gone) this.options.metrics.wakeUpFailures.inc({ aggregate });
    await this.options.transactions.run((tx) =>
      gone
        ? tx.query('DELETE FROM wake_up WHERE aggregate = $1 AND id = $2', [aggregate, id])
        : tx.query(`UPDATE wake_up SET due_at = now() + interval '5 s' WHERE aggregate = $1 AND id = $2`, [
            aggregate,
            id,
          ]),
    );
  }
}
