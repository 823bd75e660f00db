import { Body, Controller, Headers, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public, signStoreUrl } from '@signalbox/chassis';
import { leaseRequest, taskResult, uploadRequest } from '@signalbox/domain';
import type { HeartbeatAnswer, Lease, TaskResult } from '@signalbox/domain';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { ArtifactStore } from '../artifact/artifact-store.js';
import { LeaseDesk } from './lease-desk.service.js';
import { TaskService } from './task.service.js';
import { requireRunnerKey, TaskTokens } from './task-token.js';

export const RUNNER_ACCESS = Symbol('runner access');
export interface RunnerAccess {
  runnerKeys: readonly string[];
  store: ArtifactStore;
  storeUrl: string;
  storeKey: string;
}

const uploadMs = 3_600_000;

/** What runners call: with a runner key for a lease, then with the lease's own token. */
@ApiTags('runners')
@Public()
@Controller('v1')
export class LeaseController {
  constructor(
    private readonly desk: LeaseDesk,
    private readonly tasks: TaskService,
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
    const { taskId, leaseId } = this.tokens.grantFor(authorization, new Date(), { leaseId: id });
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
    const { taskId, leaseId } = this.tokens.grantFor(authorization, new Date(), { leaseId: id });
    await this.tasks.requireLease(taskId, leaseId);
    if (await this.access.store.has(body.digest)) return {};
    const until = new Date(Date.now() + uploadMs);
    return { url: signStoreUrl(this.access.storeUrl, this.access.storeKey, 'PUT', body.digest, until) };
  }

  @Post('leases/:id/results')
  @HttpCode(204)
  @ApiOperation({ operationId: 'reportTask', summary: 'What came of the task; the first word stands' })
  async report(
    @Param('id') id: string,
    @Headers('authorization') authorization: string | undefined,
    @Body({ schema: taskResult }) body: TaskResult,
  ): Promise<void> {
    const { taskId, leaseId } = this.tokens.grantFor(authorization, new Date(), { leaseId: id });
    await this.tasks.report(taskId, leaseId, body);
  }
}
