import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { actorOf, authorize, Caller, Lists, Requires, Resource } from '@signalbox/chassis';
import type { Identity, Page, Scope } from '@signalbox/chassis';
import type { Versioned } from '@signalbox/persistence';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { ApplicationService } from '../application/application.service.js';
import { draftOf } from './release.js';
import type { Release } from './release.js';
import { ReleaseService } from './release.service.js';
import { releaseListRules, ReleaseView } from './release.view.js';
import type { Why } from './release.view.js';

const wish = z.strictObject({
  application: z.string(),
  ref: z.string().min(1).max(200).optional(),
  version: z.string().max(100).optional(),
  bump: z.enum(['major', 'minor', 'patch']).optional(),
  notes: z.string().max(20_000).optional(),
  dryRun: z.boolean().default(false),
});
const reasoned = z.strictObject({ reason: z.string().min(1).max(1_000) });
const vote = z.strictObject({
  planHash: z.string().meta({ description: 'the plan hash you saw', example: '9f86d081884c7d65' }),
});
const retry = reasoned.extend({ stage: z.string() });
const promotion = reasoned.extend({ environment: z.string(), full: z.boolean().default(false) });
const rollback = reasoned.extend({ environment: z.string(), toVersion: z.string().optional() });

@ApiTags('releases')
@Controller('v1/releases')
export class ReleaseController {
  constructor(
    private readonly service: ReleaseService,
    private readonly applications: ApplicationService,
    private readonly view: ReleaseView,
    private readonly lists: Lists,
  ) {}

  @Post()
  @HttpCode(202)
  @Requires('release:create')
  @ApiOperation({ operationId: 'createRelease', summary: 'Plan and start a release; answers with a draft' })
  async create(@Body({ schema: wish }) body: z.output<typeof wish>, @Caller() caller: Identity): Promise<Resource> {
    const { application: name, ...wished } = body;
    const { state } = await this.applications.get(name);
    authorize(caller, 'release:create', { application: name, team: state.team }, `application ${name}`);
    const created = await this.service.create(
      draftOf(state, wished, caller, { releaseId: `rel_${uuid()}`, now: new Date() }),
    );
    return new Resource(await this.view.show(created.state), created.version, {
      status: 202,
      location: `/v1/releases/${created.state.id}`,
    });
  }

  @Get()
  @Requires('read')
  @ApiOperation({ operationId: 'listReleases', summary: 'Releases, newest first' })
  list(@Query() query: Record<string, string>, @Caller() caller: Identity): Promise<Page<object>> {
    return this.view.list(this.lists.parse(query, releaseListRules), caller);
  }

  @Get(':id')
  @Requires('read')
  @ApiOperation({ operationId: 'getRelease', summary: 'A release with its stages' })
  async get(@Param('id') id: string, @Caller() caller: Identity): Promise<Resource> {
    return this.shown(await this.load(id, 'read', caller));
  }

  @Get(':id/blockers')
  @Requires('read')
  @ApiOperation({
    operationId: 'explainRelease',
    summary: 'Why a release does not move, who can lift it, and when it lifts by itself',
  })
  async why(@Param('id') id: string, @Caller() caller: Identity): Promise<Why> {
    return this.view.why((await this.load(id, 'read', caller)).state);
  }

  @Post(':id/approvals')
  @HttpCode(200)
  @Requires('approval:vote')
  @ApiOperation({ operationId: 'approveRelease', summary: 'Say yes to the plan you saw' })
  async approve(
    @Param('id') id: string,
    @Body({ schema: vote }) body: z.output<typeof vote>,
    @Caller() caller: Identity,
  ): Promise<Resource> {
    await this.load(id, 'approval:vote', caller);
    return this.shown(await this.service.approve(id, caller, body.planHash));
  }

  @Post(':id/cancellations')
  @HttpCode(202)
  @Requires('release:control')
  @ApiOperation({ operationId: 'cancelRelease', summary: 'Stop a release; a rollout in flight is taken back' })
  async cancel(
    @Param('id') id: string,
    @Body({ schema: reasoned }) body: z.output<typeof reasoned>,
    @Caller() caller: Identity,
  ): Promise<Resource> {
    await this.load(id, 'release:control', caller);
    return this.shown(await this.service.cancel(id, caller.principal, body.reason), 202);
  }

  @Post(':id/retries')
  @HttpCode(202)
  @Requires('release:control')
  @ApiOperation({ operationId: 'retryStage', summary: 'Try a failed stage, and every later one, again' })
  async retry(
    @Param('id') id: string,
    @Body({ schema: retry }) body: z.output<typeof retry>,
    @Caller() caller: Identity,
  ): Promise<Resource> {
    await this.load(id, 'release:control', caller);
    const by = { ...actorOf(caller), reason: body.reason };
    return this.shown(await this.service.retry(id, body.stage, by), 202);
  }

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
  ): Promise<Resource> {
    await this.load(id, 'rollout:promote', caller);
    return this.shown(await this.service.promote(id, { ...body, by: caller }), 202);
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
  ): Promise<Resource> {
    await this.load(id, 'rollback:create', caller);
    return this.shown(await this.service.rollBack(id, { ...body, by: caller.principal }), 202);
  }

  private async load(id: string, scope: Scope, caller: Identity): Promise<Versioned<Release>> {
    const found = await this.service.get(id);
    authorize(caller, scope, found.state, `release ${id}`);
    return found;
  }

  private async shown(release: Versioned<Release>, status?: number): Promise<Resource> {
    return new Resource(await this.view.show(release.state), release.version, status === undefined ? {} : { status });
  }
}
