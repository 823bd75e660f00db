import { describe } from './parking.js';
import type { Logger, Transactions, Tx } from './ports.js';

const everyMs = 3_600_000;
const inboxDays = 14;
/** As long as the gateway's archive keeps events. */
const actionDays = 400;
const atOnce = 20_000;

/** Forgets what the inbox has had and what operators have done, each after its time. */
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
    while ((await this.transactions.run((tx) => forgetSome(tx, 'inbox', 'received_at', inboxDays))) === atOnce);
    await this.transactions.run((tx) => forgetSome(tx, 'parked_action', 'at', actionDays));
  }
}

/** Some of the rows that are older, so that no statement takes long. @returns how many */
async function forgetSome(tx: Tx, table: string, column: string, days: number): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    `WITH gone AS (DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM ${table} WHERE ${column} < now() - $1 * interval '1 day' LIMIT ${atOnce})) RETURNING 1)
     SELECT count(*)::int AS count FROM gone`,
    [days],
  );
  return row?.count ?? 0;
}
