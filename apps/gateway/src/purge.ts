import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from '@signalbox/chassis';
import type { Tx } from '@signalbox/messaging';
import type { Database } from '@signalbox/persistence';

/** Holds what is of use for some time only. */
export interface Purgeable {
  purge(tx: Tx): Promise<void>;
}

const everyMs = 3_600_000;

/** Has stores forget what is too old, at the start and every hour. */
export class Purge implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
    private readonly stores: readonly Purgeable[],
  ) {}

  onApplicationBootstrap(): void {
    void this.run();
    this.timer = setInterval(() => void this.run(), everyMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async run(): Promise<void> {
    for (const store of this.stores) {
      try {
        await this.database.transactions.run((tx) => store.purge(tx));
      } catch (error) {
        this.logger.warn({ err: error }, 'what is too old was not purged; the next hour tries again');
      }
    }
  }
}
