import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { authorize, Caller, ListParameters, Lists, Requires, Resource } from '@signalbox/chassis';
import type { Identity, Page } from '@signalbox/chassis';
import type { Versioned } from '@signalbox/persistence';
import type { Evaluation } from '../policy/evaluation.js';
import { BuildService } from './build.service.js';
import type { Build } from './build.js';
import { buildListRules, BuildView, shownBuild } from './build.view.js';
import type { ShownBuild } from './build.view.js';

@ApiTags('builds')
@Controller('v1/builds')
export class BuildController {
  constructor(
    private readonly builds: BuildService,
    private readonly view: BuildView,
    private readonly lists: Lists,
  ) {}

  @Get()
  @Requires('read')
  @ApiOperation({ operationId: 'listBuilds', summary: 'Builds, newest first' })
  @ListParameters(buildListRules)
  list(@Query() query: Record<string, string>, @Caller() caller: Identity): Promise<Page<ShownBuild>> {
    return this.view.list(this.lists.parse(query, buildListRules), caller);
  }

  @Get(':id')
  @Requires('read')
  @ApiOperation({ operationId: 'getBuild', summary: 'A build with its artifact and test counts' })
  async get(@Param('id') id: string, @Caller() caller: Identity): Promise<Resource<ShownBuild>> {
    const { state, version } = await this.load(id, caller);
    return new Resource(shownBuild(state), version);
  }

  @Get(':id/evaluations')
  @Requires('read')
  @ApiOperation({ operationId: 'listEvaluations', summary: 'What each policy said of a build, and from which facts' })
  async evaluations(@Param('id') id: string, @Caller() caller: Identity): Promise<Page<Evaluation>> {
    await this.load(id, caller);
    return { items: await this.builds.evaluationsOf(id), nextCursor: null };
  }

  private async load(id: string, caller: Identity): Promise<Versioned<Build>> {
    const loaded = await this.builds.get(id);
    authorize(caller, 'read', loaded.state, `build ${id}`);
    return loaded;
  }
}
