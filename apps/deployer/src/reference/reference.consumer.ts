import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { holdDefined, overrideDefined, planningAlive, quarantineDefined, windowDefined } from '@signalbox/domain';
import type { EventOf } from '@signalbox/domain';
import { OnEvent } from '@signalbox/messaging/nest';
import { ReferenceService } from './reference.service.js';

@Controller()
export class ReferenceConsumer {
  constructor(private readonly references: ReferenceService) {}

  @OnEvent(windowDefined)
  window(@Payload() event: EventOf<typeof windowDefined>): Promise<void> {
    return this.references.learn('freeze', event.content.windowId, event.aggVersion, event.content);
  }

  @OnEvent(overrideDefined)
  override(@Payload() event: EventOf<typeof overrideDefined>): Promise<void> {
    return this.references.learn('override', event.content.overrideId, event.aggVersion, event.content);
  }

  @OnEvent(holdDefined)
  hold(@Payload() event: EventOf<typeof holdDefined>): Promise<void> {
    return this.references.learn('hold', event.content.holdId, event.aggVersion, event.content);
  }

  @OnEvent(quarantineDefined)
  quarantine(@Payload() event: EventOf<typeof quarantineDefined>): Promise<void> {
    return this.references.learn('quarantine', event.content.quarantineId, event.aggVersion, event.content);
  }

  @OnEvent(planningAlive)
  alive(@Payload() event: EventOf<typeof planningAlive>): Promise<void> {
    return this.references.learn('alive', 'planning', event.aggVersion, event.content);
  }
}
