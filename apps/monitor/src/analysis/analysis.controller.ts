import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { authorize, Caller, ListParameters, Lists, Requires, Resource } from '@signalbox/chassis';
import type { Identity, Page } from '@signalbox/chassis';
import type { Versioned } from '@signalbox/persistence';
import { ApplicationStore } from '../application/application.projection.js';
import type { Analysis } from './analysis.js';
import { AnalysisService } from './analysis.service.js';
import { analysisListRules, AnalysisView, judgementListRules, shownAnalysis } from './analysis.view.js';
import type { ShownAnalysis, DatedJudgement } from './analysis.view.js';

@ApiTags('analyses')
@Controller('v1/analyses')
export class AnalysisController {
  constructor(
    private readonly analyses: AnalysisService,
    private readonly applications: ApplicationStore,
    private readonly view: AnalysisView,
    private readonly lists: Lists,
  ) {}

  @Get()
  @Requires('read')
  @ApiOperation({ operationId: 'listAnalyses', summary: 'Canary analyses, newest first' })
  @ListParameters(analysisListRules)
  list(@Query() query: Record<string, string>, @Caller() caller: Identity): Promise<Page<ShownAnalysis>> {
    return this.view.list(this.lists.parse(query, analysisListRules), caller);
  }

  @Get(':id')
  @Requires('read')
  @ApiOperation({ operationId: 'getAnalysis', summary: 'An analysis with its latest judgement' })
  async get(@Param('id') id: string, @Caller() caller: Identity): Promise<Resource<ShownAnalysis>> {
    const { state, version } = await this.load(id, caller);
    return new Resource(shownAnalysis(state), version);
  }

  @Get(':id/judgements')
  @Requires('read')
  @ApiOperation({ operationId: 'listJudgements', summary: 'Every judgement of an analysis, newest first' })
  @ListParameters(judgementListRules)
  async judgements(
    @Param('id') id: string,
    @Query() query: Record<string, string>,
    @Caller() caller: Identity,
  ): Promise<Page<DatedJudgement>> {
    await this.load(id, caller);
    return this.view.judgements(id, this.lists.parse(query, judgementListRules));
  }

  private async load(id: string, caller: Identity): Promise<Versioned<Analysis>> {
    const loaded = await this.analyses.get(id);
    const { application } = loaded.state;
    authorize(caller, 'read', { application, team: await this.applications.findTeam(application) }, `analysis ${id}`);
    return loaded;
  }
}
