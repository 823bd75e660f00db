import type { BeforeApplicationShutdown } from '@nestjs/common';
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
export class ActivityArchive implements BeforeApplicationShutdown {
  constructor(private readonly parts: ArchiveParts) {
    const { database, messaging, store, stream } = parts;
    messaging.onAnyTogether(async (events, tx) => {
      store.append(tx, events);
      database.afterCommit(() => stream.poke());
    });
  }

  /** Streams end before the server waits for its connections. */
  beforeApplicationShutdown(): void {
    this.parts.stream.close();
  }
}
