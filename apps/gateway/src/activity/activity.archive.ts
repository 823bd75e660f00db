import type { OnModuleDestroy } from '@nestjs/common';
import type { Messaging } from '@signalbox/messaging';
import type { Database } from '@signalbox/persistence';
import type { ActivityStream } from './activity.stream.js';
import type { ActivityStore } from './activity.store.js';

export interface ArchiveParts {
  database: Database;
  messaging: Messaging;
  store: ActivityStore;
  stream: ActivityStream;
}

/** Archives every event on every topic. */
export class ActivityArchive implements OnModuleDestroy {
  constructor(private readonly parts: ArchiveParts) {
    const { database, messaging, store, stream } = parts;
    messaging.onAnyTogether(async (events, tx) => {
      store.append(tx, events);
      database.afterCommit(() => stream.poke());
    });
  }

  /** Of themselves streams never end, and requests in hand are waited for. */
  onModuleDestroy(): void {
    this.parts.stream.close();
  }
}
