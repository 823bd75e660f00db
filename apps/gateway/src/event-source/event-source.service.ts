import type { EventSource } from '@signalbox/domain';
import type { Messaging } from '@signalbox/messaging';
import type { Telemetry } from '../telemetry.js';
import { judge } from './event-source.js';
import type { Brought, Intake } from './event-source.js';
import type { EventSourceStore } from './event-source.store.js';

/** Takes in what outside sources send. */
export class EventSourceService {
  constructor(
    private readonly store: EventSourceStore,
    private readonly messaging: Pick<Messaging, 'poke'>,
    private readonly telemetry: Pick<Telemetry, 'inbound'>,
  ) {}

  publish(source: EventSource, brought: readonly Brought[]): Promise<Intake> {
    return this.store.takeIn(source.name, judge(brought, source), (intake) => {
      if (intake.accepted > 0) this.messaging.poke();
      this.telemetry.inbound({ source: source.name, ...intake, accepted: 0 });
    });
  }
}
