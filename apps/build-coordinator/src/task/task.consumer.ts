import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { taskCancelled, taskRequested } from '@signalbox/domain';
import type { EventOf } from '@signalbox/domain';
import { OnEvent } from '@signalbox/messaging/nest';
import { TaskService } from './task.service.js';

/** What services want done by the runners. */
@Controller()
export class TaskConsumer {
  constructor(private readonly tasks: TaskService) {}

  @OnEvent(taskRequested)
  async requested(@Payload() event: EventOf<typeof taskRequested>): Promise<void> {
    const { taskId, requestedBy, releaseId, application, team, version, commit, repository, suite, target } =
      event.content;
    await this.tasks.queue({
      id: taskId,
      releaseId,
      application,
      team,
      spec: { kind: 'test', application, version, commit, repository, suite, target },
      answerTo: { kind: 'task', requestedBy },
    });
  }

  @OnEvent(taskCancelled)
  async cancelled(@Payload() event: EventOf<typeof taskCancelled>): Promise<void> {
    await this.tasks.cancel(event.content.taskId, event.content.reason);
  }
}
