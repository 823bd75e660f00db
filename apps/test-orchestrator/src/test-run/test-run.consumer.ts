import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  stageCancelled,
  stageRequested,
  taskFinished,
  taskProgressed,
  taskrunFinished,
  testSuiteRunFinished,
} from '@signalbox/domain';
import type { EventOf, ReceivedEvent } from '@signalbox/domain';
import { OnEvent, OnOutsideEvent } from '@signalbox/messaging/nest';
import type { ReportedContent } from './outside.js';
import { TestRunService } from './test-run.service.js';

@Controller()
export class TestRunConsumer {
  constructor(private readonly runs: TestRunService) {}

  @OnEvent(stageRequested)
  async requested(@Payload() event: EventOf<typeof stageRequested>): Promise<void> {
    if (event.content.kind === 'test') await this.runs.request(event.content, event.id, event.time);
  }

  @OnEvent(stageCancelled)
  async cancelled(@Payload() { content }: EventOf<typeof stageCancelled>): Promise<void> {
    if (content.kind === 'test')
      await this.runs.cancel(content.releaseId, content.stage, content.attempt, content.reason);
  }

  @OnEvent(taskProgressed)
  progressed(@Payload() { content }: EventOf<typeof taskProgressed>): Promise<void> {
    return this.runs.progressed(content);
  }

  @OnEvent(taskFinished)
  finished(@Payload() { content }: EventOf<typeof taskFinished>): Promise<void> {
    return this.runs.answered(content);
  }

  @OnOutsideEvent(testSuiteRunFinished)
  suiteReported(@Payload() event: ReceivedEvent<ReportedContent>): Promise<void> {
    return this.runs.reportedOutside(event);
  }

  @OnOutsideEvent(taskrunFinished)
  taskReported(@Payload() event: ReceivedEvent<ReportedContent>): Promise<void> {
    return this.runs.reportedOutside(event);
  }
}
