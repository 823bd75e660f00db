import type { EventSource } from '@signalbox/domain';
import type { Messaging } from '@signalbox/messaging';
import type { Database } from '@signalbox/persistence';
import type { Telemetry } from '../telemetry.js';
import { judge } from './event-source.js';
import type { Brought, Intake } from './event-source.js';
import type { EventSourceStore } from './event-source.store.js';

export interface EventSourceParts {
  database: Database;
  messaging: Messaging;
  store: EventSourceStore;
  telemetry: Telemetry;
}

/** Takes in what outside sources send to the gateway, and counts what comes on their topics. */
export class EventSourceService {
  constructor(private readonly parts: EventSourceParts) {
    const { database, messaging, store, telemetry } = parts;
    messaging.onInbound(async (report, tx) => {
      store.note(tx, report);
      database.afterCommit(() => telemetry.inbound(report));
    });
  }

  publish(source: EventSource, brought: readonly Brought[]): Promise<Intake> {
    const { messaging, store, telemetry } = this.parts;
    return store.takeIn(source.name, judge(brought, source), (intake) => {
      if (intake.accepted > 0) messaging.poke();
      telemetry.inbound({ source: source.name, ...intake, accepted: 0 });
    });
  }
}
