import type { EventSourceParts } from './event-source.service.js';

/** Counts what comes on the topics of the sources, whichever way it came there. */
export class EventSourceConsumer {
  constructor({ database, messaging, store, telemetry }: EventSourceParts) {
    messaging.onInbound(async (report, tx) => {
      store.note(tx, report);
      database.afterCommit(() => telemetry.inbound(report));
    });
  }
}
