import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, Requires } from '@signalbox/chassis';
import type { Identity, Resource } from '@signalbox/chassis';
import { z } from 'zod';
import { ReleaseAccess } from './release.access.js';
import { ReleaseService } from './release.service.js';
import type { ShownRelease } from './shown-release.js';

const change = z.strictObject({ reason: z.string().min(1).max(1_000), environment: z.string() });
const promotion = change.extend({
  full: z.boolean().default(false).describe('skip every step that is left'),
  step: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe('the step to go past, as GET /v1/deployments has it: once that is over, nothing is skipped'),
});
const rollback = change.extend({ toVersion: z.string().optional() });

/** What people ask of a release in one environment. */
@ApiTags('releases')
@Controller('v1/releases')
export class RolloutController {
  constructor(
    private readonly service: ReleaseService,
    private readonly access: ReleaseAccess,
  ) {}

  @Post(':id/promotions')
  @HttpCode(202)
  @Requires('rollout:promote')
  @ApiOperation({
    operationId: 'promoteRollout',
    summary: 'Go past the step a rollout waits at; recorded as an override',
  })
  async promote(
    @Param('id') id: string,
    @Body({ schema: promotion }) body: z.output<typeof promotion>,
    @Caller() caller: Identity,
  ): Promise<Resource<ShownRelease>> {
    await this.access.load(caller, 'rollout:promote', id);
    return this.access.show(await this.service.promote(id, { ...body, by: caller }), 202);
  }

  @Post(':id/rollbacks')
  @HttpCode(202)
  @Requires('rollback:create')
  @ApiOperation({
    operationId: 'rollBackRelease',
    summary: 'Take a deployed release back; its digest is quarantined there',
  })
  async rollBack(
    @Param('id') id: string,
    @Body({ schema: rollback }) body: z.output<typeof rollback>,
    @Caller() caller: Identity,
  ): Promise<Resource<ShownRelease>> {
    await this.access.load(caller, 'rollback:create', id);
    return this.access.show(await this.service.rollBack(id, { ...body, by: caller.principal }), 202);
  }
}
