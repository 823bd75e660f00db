import { forgetSome } from '@signalbox/messaging';
import type { Kept, Transactions } from '@signalbox/messaging';
import type { Logger } from './logger.js';

const everyMs = 3_600_000;
const rowsAtOnce = 20_000;

/**
 * Forgets what tables keep for some time only, at the start and every hour: some rows a transaction, so that a
 * statement does not take longer the more there is to forget at once.
 */
export class Purge {
  private timer: NodeJS.Timeout | undefined;
  private isStopping = false;

  constructor(
    private readonly transactions: Transactions,
    private readonly logger: Logger,
    private readonly tables: readonly Kept[],
    private readonly atMost = rowsAtOnce,
  ) {}

  start(): void {
    void this.run();
    this.timer = setInterval(() => void this.run(), everyMs).unref();
  }

  /** Begins no more transactions. */
  stop(): void {
    this.isStopping = true;
    clearInterval(this.timer);
  }

  private async run(): Promise<void> {
    for (const kept of this.tables) {
      try {
        while (!this.isStopping && (await this.some(kept)) === this.atMost);
      } catch (error) {
        this.logger.warn(
          { err: error, table: kept.table },
          'what is too old was not purged; the next hour tries again',
        );
      }
    }
  }

  /** Another replica that does the same at this moment has the same rows: of the two one goes on. */
  private some(kept: Kept): Promise<number> {
    return this.transactions.run((tx) => forgetSome(tx, kept, this.atMost));
  }
}
