import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { stageRequested } from '@signalbox/domain';
import type { EventOf } from '@signalbox/domain';
import { OnEvent } from '@signalbox/messaging/nest';
import { FeedbackWindowService } from './feedback-window.service.js';

/** Planning's feedback stages. They end when they begin, so there is nothing to cancel. */
@Controller()
export class FeedbackWindowConsumer {
  constructor(private readonly windows: FeedbackWindowService) {}

  @OnEvent(stageRequested)
  async requested(@Payload() event: EventOf<typeof stageRequested>): Promise<void> {
    if (event.content.kind === 'feedback') await this.windows.open(event.content, event.id);
  }
}
