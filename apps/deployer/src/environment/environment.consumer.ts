import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { applicationDefined } from '@signalbox/domain';
import type { EventOf } from '@signalbox/domain';
import { OnEvent } from '@signalbox/messaging/nest';
import { EnvironmentService } from './environment.service.js';

@Controller()
export class EnvironmentConsumer {
  constructor(private readonly environments: EnvironmentService) {}

  @OnEvent(applicationDefined)
  async defined(@Payload() { content, time }: EventOf<typeof applicationDefined>): Promise<void> {
    await this.environments.prepare(
      content.application,
      content.team,
      Object.keys(content.definition.environments),
      time,
    );
  }
}
