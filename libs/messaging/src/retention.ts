import { describe } from './parking.js';
import type { Logger, Transactions, Tx } from './ports.js';

const everyMs = 3_600_000;
const inbox: Kept = { table: 'inbox', column: 'received_at', days: 14 };
/** As long as the gateway's archive keeps events. */
const actions: Kept = { table: 'parked_action', column: 'at', days: 400 };
/** So that no transaction takes long. */
const atOnce = 20_000;

/** For how many days a table keeps its rows, by a column with the time that counts. */
export interface Kept {
  readonly table: string;
  readonly column: string;
  readonly days: number;
}

/**
 * Forgets what the inbox has had and what operators have done, each after its time. Not with the purge of a service: that
 * one begins at the start, and here nothing may be forgotten before the outbox is sent.
 */
export class Retention {
  /** Not at once: what the outbox sends again after a long rest must still be known. */
  private doneAt = Date.now();

  constructor(
    private readonly transactions: Transactions,
    private readonly logger: Logger,
  ) {}

  /** Once an hour, beside everything else; what fails now is done by the next. */
  keep(): void {
    if (Date.now() - this.doneAt < everyMs) return;
    this.doneAt = Date.now();
    this.forget().catch((error: unknown) =>
      this.logger.warn({ error: describe(error) }, 'what is old stays for an hour more'),
    );
  }

  private async forget(): Promise<void> {
    for (const kept of [inbox, actions])
      while ((await this.transactions.run((tx) => forgetSome(tx, kept, atOnce))) === atOnce);
  }
}

/** Deletes rows that are older than they are kept, `atMost` so many. @returns how many */
export async function forgetSome(tx: Tx, { table, column, days }: Kept, atMost: number): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    `WITH gone AS (DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM ${table} WHERE ${column} < now() - $1 * interval '1 day' LIMIT $2)) RETURNING 1)
     SELECT count(*)::int AS count FROM gone`,
    [days, atMost],
  );
  return row?.count ?? 0;
}
