import { Body, Controller, Headers, HttpCode, Inject, Param, ParseIntPipe, Post, Put, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { HttpProblem, Public, signStoreUrl } from '@signalbox/chassis';
import { leaseRequest, logChunk, taskResult, uploadRequest } from '@signalbox/domain';
import type { HeartbeatAnswer, Lease, TaskResult } from '@signalbox/domain';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { ArtifactStore } from '../artifact/artifact-store.js';
import { LeaseDesk } from './lease-desk.service.js';
import { TaskLog } from './task-log.js';
import { TaskService } from './task.service.js';
import { requireRunnerKey, TaskTokens } from './task-token.js';
import type { TaskGrant } from './task-token.js';

export const RUNNER_ACCESS = Symbol('runner access');
export interface RunnerAccess {
  runnerKeys: readonly string[];
  store: ArtifactStore;
  storeUrl: string;
  storeKey: string;
}

const uploadMs = 3_600_000;
const tooManyChunks = 100_000;

/** What runners call: with a runner key for a lease, then with the lease's own token. */
@ApiTags('runners')
@Public()
@Controller('v1')
export class LeaseController {
  constructor(
    private readonly desk: LeaseDesk,
    private readonly tasks: TaskService,
    private readonly log: TaskLog,
    private readonly tokens: TaskTokens,
    @Inject(RUNNER_ACCESS) private readonly access: RunnerAccess,
  ) {}

  @Post('leases')
  @HttpCode(200)
  @ApiOperation({ operationId: 'leaseTask', summary: 'Wait for a task; 204 when there was none' })
  async lease(
    @Headers('authorization') authorization: string | undefined,
    @Body({ schema: leaseRequest }) body: z.output<typeof leaseRequest>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Lease | undefined> {
    requireRunnerKey(authorization, this.access.runnerKeys);
    const lease = await this.desk.next(body, () => reply.raw.destroyed);
    if (!lease) void reply.status(204);
    return lease;
  }

  @Post('leases/:id/heartbeats')
  @HttpCode(200)
  @ApiOperation({ operationId: 'keepLease', summary: 'The task is still worked on; the answer may ask to stop' })
  async beat(
    @Param('id') id: string,
    @Headers('authorization') authorization: string | undefined,
  ): Promise<HeartbeatAnswer> {
    const { taskId, leaseId } = this.grantOf(authorization, { leaseId: id });
    const cancel = await this.tasks.beat(taskId, leaseId);
    return cancel === undefined ? {} : { cancel };
  }

  @Post('leases/:id/uploads')
  @HttpCode(200)
  @ApiOperation({ operationId: 'offerUpload', summary: 'Where to put bytes of this digest, if the store lacks them' })
  async offer(
    @Param('id') id: string,
    @Headers('authorization') authorization: string | undefined,
    @Body({ schema: uploadRequest }) body: z.output<typeof uploadRequest>,
  ): Promise<{ url?: string }> {
    this.grantOf(authorization, { leaseId: id });
    if (await this.access.store.has(body.digest)) return {};
    const until = new Date(Date.now() + uploadMs);
    return { url: signStoreUrl(this.access.storeUrl, this.access.storeKey, 'PUT', body.digest, until) };
  }

  @Put('tasks/:id/logs/:seq')
  @HttpCode(204)
  @ApiOperation({ operationId: 'appendTaskLog', summary: 'One chunk of what a task prints; the same twice is one' })
  async append(
    @Param('id') id: string,
    @Param('seq', ParseIntPipe) seq: number,
    @Headers('authorization') authorization: string | undefined,
    @Body({ schema: logChunk }) body: z.output<typeof logChunk>,
  ): Promise<void> {
    const { taskId, leaseId } = this.grantOf(authorization, { taskId: id });
    if (seq < 0 || seq >= tooManyChunks) throw new HttpProblem(400, 'invalid', 'seq: a number from 0 to 99999');
    await this.tasks.requireLease(taskId, leaseId);
    await this.log.append(taskId, seq, body.text);
  }

  @Post('leases/:id/results')
  @HttpCode(204)
  @ApiOperation({ operationId: 'reportTask', summary: 'What came of the task; the first word stands' })
  async report(
    @Param('id') id: string,
    @Headers('authorization') authorization: string | undefined,
    @Body({ schema: taskResult }) body: TaskResult,
  ): Promise<void> {
    const { taskId, leaseId } = this.grantOf(authorization, { leaseId: id });
    await this.tasks.report(taskId, leaseId, body);
  }

  private grantOf(authorization: string | undefined, named: Partial<TaskGrant>): TaskGrant {
    const grant = this.tokens.verify(authorization, new Date());
    const isForThis = Object.entries(named).every(([field, value]) => grant[field as keyof TaskGrant] === value);
    if (!isForThis) throw new HttpProblem(403, 'forbidden', 'this token is good for another lease');
    return grant;
  }
}
