import type { EventSource } from '@signalbox/domain';
import { appendInbound } from '@signalbox/messaging';
import type { Messaging } from '@signalbox/messaging';
import type { Database } from '@signalbox/persistence';
import type { Telemetry } from '../telemetry.js';
import { judge } from '../cloudevents/judgement.js';
import type { Brought, Intake } from '../cloudevents/judgement.js';
import type { EventSourceStore } from './event-source.store.js';

/** The sources that the configuration declares, to be injected. */
export const EVENT_SOURCES = Symbol('event sources');

export interface EventSourceParts {
  database: Database;
  messaging: Messaging;
  store: EventSourceStore;
  telemetry: Telemetry;
}

/** Takes in what sources outside send to the gateway. */
export class EventSourceService {
  constructor(private readonly parts: EventSourceParts) {}

  /** Takes in what has not come before; identities and events commit together. */
  publish(source: EventSource, brought: readonly Brought[]): Promise<Intake> {
    const { database, messaging, store, telemetry } = this.parts;
    const { entries, repeated, refused } = judge(brought, source);
    return database.runWithRetry(async (tx) => {
      const fresh = await store.receive(
        tx,
        entries.map(({ event }) => event.identity),
      );
      const taken = entries.filter(({ event }) => fresh.has(event.identity));
      const intake = { accepted: taken.length, duplicates: repeated + entries.length - taken.length, refused };
      // Accepted is counted where both ways in meet, at the archive.
      const report = { source: source.name, ...intake, accepted: 0 };
      store.note(tx, report);
      appendInbound(tx, taken);
      database.afterCommit(() => {
        if (intake.accepted > 0) messaging.poke();
        telemetry.inbound(report);
      });
      return intake;
    });
  }
}
