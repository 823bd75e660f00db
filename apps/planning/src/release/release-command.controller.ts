import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { actorOf, Caller, Requires } from '@signalbox/chassis';
import type { Identity, Resource } from '@signalbox/chassis';
import { z } from 'zod';
import { ReleaseAccess } from './release.access.js';
import { ReleaseService } from './release.service.js';
import type { ShownRelease } from './shown-release.js';

const reasoned = z.strictObject({ reason: z.string().min(1).max(1_000) });
const vote = z.strictObject({
  planHash: z.string().meta({ description: 'the plan hash you saw', example: '9f86d081884c7d65' }),
  stage: z
    .string()
    .optional()
    .meta({ description: 'the approve stage you saw; else the one that is open, which may be the next by now' }),
});
const retry = reasoned.extend({ stage: z.string() });

/** What people ask of a release as a whole. */
@ApiTags('releases')
@Controller('v1/releases')
export class ReleaseCommandController {
  constructor(
    private readonly service: ReleaseService,
    private readonly access: ReleaseAccess,
  ) {}

  @Post(':id/approvals')
  @HttpCode(200)
  @Requires('approval:vote')
  @ApiOperation({ operationId: 'approveRelease', summary: 'Say yes to the plan you saw' })
  async approve(
    @Param('id') id: string,
    @Body({ schema: vote }) body: z.output<typeof vote>,
    @Caller() caller: Identity,
  ): Promise<Resource<ShownRelease>> {
    await this.access.load(caller, 'approval:vote', id);
    return this.access.show(await this.service.approve(id, caller, body));
  }

  @Post(':id/cancellations')
  @HttpCode(202)
  @Requires('release:control')
  @ApiOperation({ operationId: 'cancelRelease', summary: 'Stop a release; a rollout in flight is taken back' })
  async cancel(
    @Param('id') id: string,
    @Body({ schema: reasoned }) body: z.output<typeof reasoned>,
    @Caller() caller: Identity,
  ): Promise<Resource<ShownRelease>> {
    await this.access.load(caller, 'release:control', id);
    return this.access.show(await this.service.cancel(id, caller.principal, body.reason), 202);
  }

  @Post(':id/retries')
  @HttpCode(202)
  @Requires('release:control')
  @ApiOperation({ operationId: 'retryStage', summary: 'Try a failed stage, and every later one, again' })
  async retry(
    @Param('id') id: string,
    @Body({ schema: retry }) body: z.output<typeof retry>,
    @Caller() caller: Identity,
  ): Promise<Resource<ShownRelease>> {
    await this.access.load(caller, 'release:control', id);
    const by = { ...actorOf(caller), reason: body.reason };
    return this.access.show(await this.service.retry(id, body.stage, by), 202);
  }
}
