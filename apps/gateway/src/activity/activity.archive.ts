import type { OnApplicationBootstrap, OnApplicationShutdown, BeforeApplicationShutdown } from '@nestjs/common';
import type { Logger } from '@signalbox/chassis';
import type { Messaging } from '@signalbox/messaging';
import type { Database } from '@signalbox/persistence';
import type { ActivityStream } from './activity.stream.js';
import type { ActivityStore } from './activity.store.js';

export interface ArchiveParts {
  database: Database;
  messaging: Messaging;
  logger: Logger;
  store: ActivityStore;
  stream: ActivityStream;
}

const purgeEveryMs = 86_400_000;

/** Archives every event on every topic, and forgets the oldest. */
export class ActivityArchive implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: ArchiveParts) {
    const { database, messaging, store, stream } = parts;
    messaging.onAnyTogether(async (events, tx) => {
      store.append(tx, events);
      database.afterCommit(() => stream.poke());
    });
  }

  onApplicationBootstrap(): void {
    void this.purge();
    this.timer = setInterval(() => void this.purge(), purgeEveryMs).unref();
  }

  /** Streams end before the server waits for its connections. */
  beforeApplicationShutdown(): void {
    this.parts.stream.close();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async purge(): Promise<void> {
    try {
      await this.parts.database.transactions.run((tx) => this.parts.store.purge(tx));
    } catch (error) {
      this.parts.logger.warn({ err: error }, 'old activities were not purged; tomorrow tries again');
    }
  }
}
