import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { authorize, Caller, ListParameters, Lists, Requires, Resource } from '@signalbox/chassis';
import type { Identity, Page } from '@signalbox/chassis';
import type { z } from 'zod';
import { ApplicationService } from '../application/application.service.js';
import { releaseWish } from './release-wish.js';
import { ReleaseAccess } from './release.access.js';
import { ReleaseService } from './release.service.js';
import { releaseListRules, ReleaseView } from './release.view.js';
import type { Why } from './release.view.js';
import type { ReleaseSummary } from './release-summary.js';
import type { ShownRelease } from './shown-release.js';

@ApiTags('releases')
@Controller('v1/releases')
export class ReleaseController {
  constructor(
    private readonly service: ReleaseService,
    private readonly applications: ApplicationService,
    private readonly access: ReleaseAccess,
    private readonly view: ReleaseView,
    private readonly lists: Lists,
  ) {}

  @Post()
  @HttpCode(202)
  @Requires('release:create')
  @ApiOperation({ operationId: 'createRelease', summary: 'Plan and start a release; answers with a draft' })
  async create(
    @Body({ schema: releaseWish }) body: z.output<typeof releaseWish>,
    @Caller() caller: Identity,
  ): Promise<Resource<ShownRelease>> {
    const { application: name, ...wished } = body;
    const { state } = await this.applications.get(name);
    authorize(caller, 'release:create', { application: name, team: state.team }, `application ${name}`);
    const created = await this.service.create(state, wished, caller);
    return new Resource(await this.view.show(created.state), created.version, {
      status: 202,
      location: `/v1/releases/${created.state.id}`,
    });
  }

  @Get()
  @Requires('read')
  @ApiOperation({ operationId: 'listReleases', summary: 'Releases, newest first' })
  @ListParameters(releaseListRules)
  list(@Query() query: Record<string, string>, @Caller() caller: Identity): Promise<Page<ReleaseSummary>> {
    return this.view.list(this.lists.parse(query, releaseListRules), caller);
  }

  @Get(':id')
  @Requires('read')
  @ApiOperation({ operationId: 'getRelease', summary: 'A release with its stages' })
  async get(@Param('id') id: string, @Caller() caller: Identity): Promise<Resource<ShownRelease>> {
    return this.access.show(await this.access.load(caller, 'read', id));
  }

  @Get(':id/blockers')
  @Requires('read')
  @ApiOperation({
    operationId: 'explainRelease',
    summary: 'Why a release does not move, who can lift it, and when it lifts by itself',
  })
  async why(@Param('id') id: string, @Caller() caller: Identity): Promise<Why> {
    return this.view.why((await this.access.load(caller, 'read', id)).state);
  }
}
