import { Body, Controller, Headers, HttpCode, Param, ParseIntPipe, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { HttpProblem, Public } from '@signalbox/chassis';
import { logChunk } from '@signalbox/domain';
import type { z } from 'zod';
import { TaskLog } from './task-log.js';
import { TaskService } from './task.service.js';
import { TaskTokens } from './task-token.js';

const tooManyChunks = 100_000;

/** What runners tell of a task while it runs, with the token of its lease. */
@ApiTags('runners')
@Public()
@Controller('v1')
export class TaskLogController {
  constructor(
    private readonly tasks: TaskService,
    private readonly log: TaskLog,
    private readonly tokens: TaskTokens,
  ) {}

  @Put('tasks/:id/logs/:seq')
  @HttpCode(204)
  @ApiOperation({ operationId: 'appendTaskLog', summary: 'One chunk of what a task prints; the same twice is one' })
  async append(
    @Param('id') id: string,
    @Param('seq', ParseIntPipe) seq: number,
    @Headers('authorization') authorization: string | undefined,
    @Body({ schema: logChunk }) body: z.output<typeof logChunk>,
  ): Promise<void> {
    const { taskId, leaseId } = this.tokens.grantFor(authorization, new Date(), { taskId: id });
    if (seq < 0 || seq >= tooManyChunks) throw new HttpProblem(400, 'invalid', 'seq: a number from 0 to 99999');
    await this.tasks.requireLease(taskId, leaseId);
    await this.log.append(taskId, seq, body.text);
  }
}
