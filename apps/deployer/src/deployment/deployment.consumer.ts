import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { analysisJudged, rolloutPromoted, stageCancelled, stageRequested } from '@signalbox/domain';
import type { EventOf } from '@signalbox/domain';
import { OnEvent } from '@signalbox/messaging/nest';
import { DeploymentService } from './deployment.service.js';

@Controller()
export class DeploymentConsumer {
  constructor(private readonly deployments: DeploymentService) {}

  @OnEvent(stageRequested)
  async requested(@Payload() event: EventOf<typeof stageRequested>): Promise<void> {
    if (event.content.kind === 'deploy') await this.deployments.request(event.content, event.id);
  }

  @OnEvent(stageCancelled)
  async cancelled(@Payload() { content }: EventOf<typeof stageCancelled>): Promise<void> {
    if (content.kind === 'deploy')
      await this.deployments.cancel(content.releaseId, content.stage, content.attempt, content.reason);
  }

  @OnEvent(analysisJudged)
  judged(@Payload() { content }: EventOf<typeof analysisJudged>): Promise<void> {
    return this.deployments.judged(content);
  }

  @OnEvent(rolloutPromoted)
  promoted(@Payload() { content }: EventOf<typeof rolloutPromoted>): Promise<void> {
    return this.deployments.promote(content);
  }
}
