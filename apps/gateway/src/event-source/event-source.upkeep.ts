import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from '@signalbox/chassis';
import type { Messaging } from '@signalbox/messaging';
import type { Database } from '@signalbox/persistence';
import type { Telemetry } from '../telemetry.js';
import type { EventSourceStore } from './event-source.store.js';

export interface UpkeepParts {
  database: Database;
  messaging: Messaging;
  logger: Logger;
  store: EventSourceStore;
  telemetry: Telemetry;
}

const purgeEveryMs = 3_600_000;

/** Counts what comes on the sources' topics, and forgets the oldest identities. */
export class EventSourceUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: UpkeepParts) {
    const { database, messaging, store, telemetry } = parts;
    messaging.onInbound(async (report, tx) => {
      store.note(tx, report);
      database.afterCommit(() => telemetry.inbound(report));
    });
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.purge(), purgeEveryMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async purge(): Promise<void> {
    try {
      await this.parts.database.transactions.run((tx) => this.parts.store.purge(tx));
    } catch (error) {
      this.parts.logger.warn({ err: error }, 'old identities of events were not purged; the next hour tries again');
    }
  }
}
