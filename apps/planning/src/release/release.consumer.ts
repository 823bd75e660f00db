import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { stageProgressed, taskrunFinished, taskrunStarted } from '@signalbox/domain';
import type { EventOf, StageResult } from '@signalbox/domain';
import { OnEvent } from '@signalbox/messaging/nest';
import { ReleaseService } from './release.service.js';

/** What executors say of the stages they were asked for. */
@Controller()
export class ReleaseConsumer {
  constructor(private readonly releases: ReleaseService) {}

  @OnEvent(taskrunStarted)
  async started(@Payload() event: EventOf<typeof taskrunStarted>): Promise<void> {
    const { releaseId, stage, attempt } = event.customData;
    await this.releases.heard(releaseId, { stage, attempt });
  }

  @OnEvent(stageProgressed)
  async progressed(@Payload() event: EventOf<typeof stageProgressed>): Promise<void> {
    const { releaseId, stage, attempt, summary, paused, waiting } = event.content;
    await this.releases.heard(releaseId, {
      stage,
      attempt,
      blockers: waiting,
      paused: paused ?? false,
      ...(summary && { summary }),
    });
  }

  @OnEvent(taskrunFinished)
  async finished(@Payload() event: EventOf<typeof taskrunFinished>): Promise<void> {
    const { outcome, ...result } = event.customData;
    if (outcome !== undefined) await this.releases.answered({ ...result, outcome } satisfies StageResult);
  }
}
