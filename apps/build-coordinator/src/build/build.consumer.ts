import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { stageCancelled, stageRequested } from '@signalbox/domain';
import type { EventOf } from '@signalbox/domain';
import { OnEvent } from '@signalbox/messaging/nest';
import { BuildService } from './build.service.js';

/** Planning's build stages. */
@Controller()
export class BuildConsumer {
  constructor(private readonly builds: BuildService) {}

  @OnEvent(stageRequested)
  async requested(@Payload() event: EventOf<typeof stageRequested>): Promise<void> {
    if (event.content.kind === 'build') await this.builds.request(event.content, event.id);
  }

  @OnEvent(stageCancelled)
  async cancelled(@Payload() event: EventOf<typeof stageCancelled>): Promise<void> {
    if (event.content.kind === 'build') await this.builds.cancel(event.content, event.content.reason);
  }
}
