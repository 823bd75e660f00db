import { Controller, Get, Header, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { authorize, Caller, HttpProblem, Requires, Resource } from '@signalbox/chassis';
import type { Identity } from '@signalbox/chassis';
import type { Versioned } from '@signalbox/persistence';
import { TaskLog } from './task-log.js';
import { TaskService } from './task.service.js';
import type { Task, TaskOutcome } from './task.js';

@ApiTags('tasks')
@Controller('v1/tasks')
export class TaskController {
  constructor(
    private readonly tasks: TaskService,
    private readonly log: TaskLog,
  ) {}

  @Get(':id')
  @Requires('read')
  @ApiOperation({ operationId: 'getTask', summary: 'A piece of work for a runner, and who does it' })
  async get(@Param('id') id: string, @Caller() caller: Identity): Promise<Resource<ShownTask>> {
    const { state, version } = await this.load(id, caller);
    return new Resource(shown(state), version);
  }

  @Get(':id/logs')
  @Requires('read')
  @Header('content-type', 'text/plain; charset=utf-8')
  @ApiOperation({ operationId: 'getTaskLog', summary: 'What a task has printed so far; `tail`: only the last lines' })
  async logs(
    @Param('id') id: string,
    @Query('tail') tail: string | undefined,
    @Caller() caller: Identity,
  ): Promise<string> {
    await this.load(id, caller);
    if (tail === undefined) return this.log.read(id);
    if (!/^[1-9]\d{0,4}$/.test(tail)) throw new HttpProblem(400, 'invalid', 'tail: a number of lines from 1 to 99999');
    return (await this.log.lastLines(id, Number(tail))).map((line) => `${line}\n`).join('');
  }

  private async load(id: string, caller: Identity): Promise<Versioned<Task>> {
    const loaded = await this.tasks.get(id);
    authorize(caller, 'read', loaded.state, `task ${id}`);
    return loaded;
  }
}

/** A task as REST answers it. */
export type ShownTask = Pick<Task, 'id' | 'releaseId' | 'application' | 'status' | 'queuedAt'> &
  Partial<TaskOutcome> & {
    kind: Task['spec']['kind'];
    runner?: string;
    startedAt?: string;
    endedAt?: string;
  };

function shown(task: Task): ShownTask {
  const { id, releaseId, application, status, queuedAt } = task;
  return {
    id,
    kind: task.spec.kind,
    releaseId,
    application,
    status,
    queuedAt,
    ...('lease' in task && task.lease && { runner: task.lease.runner, startedAt: task.lease.startedAt }),
    ...('result' in task && task.result),
    ...('endedAt' in task && { endedAt: task.endedAt }),
  };
}
