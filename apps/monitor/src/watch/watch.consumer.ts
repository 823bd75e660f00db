import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { stageCancelled, stageRequested } from '@signalbox/domain';
import type { EventOf } from '@signalbox/domain';
import { OnEvent } from '@signalbox/messaging/nest';
import { WatchService } from './watch.service.js';

/** Planning's monitor stages. */
@Controller()
export class WatchConsumer {
  constructor(private readonly watches: WatchService) {}

  @OnEvent(stageRequested)
  async requested(@Payload() event: EventOf<typeof stageRequested>): Promise<void> {
    if (event.content.kind === 'monitor') await this.watches.request(event.content, event.id);
  }

  @OnEvent(stageCancelled)
  async cancelled(@Payload() event: EventOf<typeof stageCancelled>): Promise<void> {
    if (event.content.kind === 'monitor') await this.watches.cancel(event.content, event.content.reason);
  }
}
