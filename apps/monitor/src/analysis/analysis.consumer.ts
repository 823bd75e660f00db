import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { analysisCancelled, analysisRequested } from '@signalbox/domain';
import type { EventOf } from '@signalbox/domain';
import { OnEvent } from '@signalbox/messaging/nest';
import { AnalysisService } from './analysis.service.js';

/** What the deployer wants judged. */
@Controller()
export class AnalysisConsumer {
  constructor(private readonly analyses: AnalysisService) {}

  @OnEvent(analysisRequested)
  async requested(@Payload() event: EventOf<typeof analysisRequested>): Promise<void> {
    await this.analyses.request(event.content);
  }

  @OnEvent(analysisCancelled)
  async cancelled(@Payload() event: EventOf<typeof analysisCancelled>): Promise<void> {
    await this.analyses.cancel(event.content.analysisId, event.content.reason);
  }
}
