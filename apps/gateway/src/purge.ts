import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from '@signalbox/chassis';
import type { Transactions, Tx } from '@signalbox/messaging';

/** Holds what is of use for some time only. */
export interface Purgeable {
  /** Forgets some of what is too old, `atMost` so many rows. @returns how many */
  purge(tx: Tx, atMost: number): Promise<number>;
}

const everyMs = 3_600_000;
const rowsAtOnce = 20_000;

/**
 * Has stores forget what is too old, at the start and every hour: some rows a transaction, so that a
 * statement does not take longer the more there is to forget at once.
 */
export class Purge implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private isStopping = false;

  constructor(
    private readonly transactions: Transactions,
    private readonly logger: Logger,
    private readonly stores: readonly Purgeable[],
    private readonly atMost = rowsAtOnce,
  ) {}

  onApplicationBootstrap(): void {
    void this.run();
    this.timer = setInterval(() => void this.run(), everyMs).unref();
  }

  onApplicationShutdown(): void {
    this.isStopping = true;
    clearInterval(this.timer);
  }

  private async run(): Promise<void> {
    for (const store of this.stores) {
      try {
        while (!this.isStopping && (await this.some(store)) === this.atMost);
      } catch (error) {
        this.logger.warn({ err: error }, 'what is too old was not purged; the next hour tries again');
      }
    }
  }

  /** Another replica that does the same at this moment has the same rows: of the two one goes on. */
  private some(store: Purgeable): Promise<number> {
    return this.transactions.run((tx) => store.purge(tx, this.atMost));
  }
}
