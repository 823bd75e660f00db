import { Body, Controller, Get, Headers, Param, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { authorize, authorizeGlobally, Caller, ifMatch, ListParameters, Lists, Requires } from '@signalbox/chassis';
import type { Identity, ListRules, Page, Resource } from '@signalbox/chassis';
import { DomainError, manifest, name } from '@signalbox/domain';
import { z } from 'zod';
import { RepositoryRules } from '../repository/repository-rules.js';
import { shown } from './application-resource.js';
import type { ShownApplication } from './application-resource.js';
import { ApplicationService } from './application.service.js';
import { ApplicationView } from './application.view.js';
import type { ApplicationSummary } from './application.view.js';
import { readManifest } from './manifest-file.js';

const wish = z.strictObject({
  /** As JSON, or the text of `signalbox.yaml` in `manifestText`, whose faults are answered with line and column. */
  manifest: manifest.optional(),
  manifestText: z.string().max(200_000).optional(),
  repository: z.string().min(1).max(1_000),
  team: name.optional(),
});
const rules: ListRules = {
  filters: { team: { column: 'team', kind: 'text' }, application: { column: 'id', kind: 'text' } },
  sorts: { name: 'id' },
  defaultSort: 'name',
};

@ApiTags('applications')
@Controller('v1/applications')
export class ApplicationController {
  constructor(
    private readonly applications: ApplicationService,
    private readonly view: ApplicationView,
    private readonly lists: Lists,
    private readonly repositories: RepositoryRules,
  ) {}

  @Post()
  @Requires('application:write')
  @ApiOperation({
    operationId: 'registerApplication',
    summary: 'Register an application by its definition and repository',
  })
  async register(
    @Body({ schema: wish }) body: z.output<typeof wish>,
    @Caller() caller: Identity,
  ): Promise<Resource<ShownApplication>> {
    const asked = this.read(body, body.team ?? caller.teams[0] ?? 'default');
    const application = asked.manifest.name;
    authorize(caller, 'application:write', { application, team: asked.team }, `application ${application}`);
    return shown(await this.applications.register(asked), 201);
  }

  @Get()
  @Requires('read')
  @ApiOperation({ operationId: 'listApplications', summary: 'Applications by name' })
  @ListParameters(rules)
  list(@Query() query: Record<string, string>, @Caller() caller: Identity): Promise<Page<ApplicationSummary>> {
    return this.view.list(this.lists.parse(query, rules), caller);
  }

  @Get(':name')
  @Requires('read')
  @ApiOperation({ operationId: 'getApplication', summary: 'An application with its definition, defaults included' })
  async get(@Param('name') id: string, @Caller() caller: Identity): Promise<Resource<ShownApplication>> {
    const found = await this.applications.get(id);
    authorize(caller, 'read', { application: id, team: found.state.team }, `application ${id}`);
    return shown(found);
  }

  @Put(':name')
  @Requires('application:write')
  @ApiOperation({ operationId: 'redefineApplication', summary: 'A new version of an application’s definition' })
  async redefine(
    @Param('name') id: string,
    @Body({ schema: wish }) body: z.output<typeof wish>,
    @Headers('if-match') seen: string | undefined,
    @Caller() caller: Identity,
  ): Promise<Resource<ShownApplication>> {
    const { state } = await this.applications.get(id);
    authorize(caller, 'application:write', { application: id, team: state.team }, `application ${id}`);
    const team = body.team ?? state.team;
    // Nobody hands an application to people whom they do not belong to.
    if (team !== state.team && !caller.teams.includes(team)) authorizeGlobally(caller, 'application:write');
    return shown(await this.applications.redefine(id, this.read(body, team), ifMatch(seen)));
  }

  private read(body: z.output<typeof wish>, team: string) {
    if ((body.manifest === undefined) === (body.manifestText === undefined)) {
      throw new DomainError('invalid', 'send either manifest or manifestText');
    }
    const read = body.manifest ?? readManifest(body.manifestText ?? '');
    this.repositories.refuseOther(body.repository);
    return { team, manifest: read, repository: body.repository };
  }
}
