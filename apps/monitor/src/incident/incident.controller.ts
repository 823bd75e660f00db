import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { authorize, Caller, ListParameters, Lists, Requires, Resource } from '@signalbox/chassis';
import type { Identity, Page, Scope } from '@signalbox/chassis';
import { DomainError } from '@signalbox/domain';
import type { Versioned } from '@signalbox/persistence';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { ApplicationStore } from '../application/application.projection.js';
import type { Incident } from './incident.js';
import { IncidentService } from './incident.service.js';
import { incidentListRules, IncidentView } from './incident.view.js';

const report = z.strictObject({
  application: z.string().min(1),
  environment: z.string().min(1).max(50),
  version: z.string().min(1).max(100).optional(),
  description: z.string().min(1).max(2_000),
  url: z.url({ protocol: /^https?$/ }).optional(),
});
const resolution = z.strictObject({ note: z.string().min(1).max(2_000).optional() });

@ApiTags('incidents')
@Controller('v1/incidents')
export class IncidentController {
  constructor(
    private readonly incidents: IncidentService,
    private readonly applications: ApplicationStore,
    private readonly view: IncidentView,
    private readonly lists: Lists,
  ) {}

  @Post()
  @Requires('feedback:write')
  @ApiOperation({ operationId: 'reportIncident', summary: 'Say that something is wrong in an environment' })
  async report(
    @Body({ schema: report }) body: z.output<typeof report>,
    @Caller() caller: Identity,
  ): Promise<Resource<Incident>> {
    const team = await this.applications.findTeam(body.application);
    if (team === undefined) throw new DomainError('not_found', `no application ${body.application}`);
    authorize(caller, 'feedback:write', { application: body.application, team }, `application ${body.application}`);
    const opened = { openedBy: caller.principal, openedAt: new Date().toISOString() };
    const { state, version } = await this.incidents.report({ ...body, ...opened, id: `inc_${uuid()}` });
    return new Resource(state, version, { status: 201, location: `/v1/incidents/${state.id}` });
  }

  @Get()
  @Requires('read')
  @ApiOperation({ operationId: 'listIncidents', summary: 'Incidents, newest first' })
  @ListParameters(incidentListRules)
  list(@Query() query: Record<string, string>, @Caller() caller: Identity): Promise<Page<Incident>> {
    return this.view.list(this.lists.parse(query, incidentListRules), caller);
  }

  @Get(':id')
  @Requires('read')
  @ApiOperation({ operationId: 'getIncident', summary: 'An incident' })
  async get(@Param('id') id: string, @Caller() caller: Identity): Promise<Resource<Incident>> {
    const { state, version } = await this.load(id, 'read', caller);
    return new Resource(state, version);
  }

  @Post(':id/resolutions')
  @Requires('feedback:write')
  @ApiOperation({ operationId: 'resolveIncident', summary: 'Say that it is over' })
  async resolve(
    @Param('id') id: string,
    @Body({ schema: resolution }) body: z.output<typeof resolution>,
    @Caller() caller: Identity,
  ): Promise<Resource<Incident>> {
    await this.load(id, 'feedback:write', caller);
    const { state, version } = await this.incidents.resolve(id, caller.principal, body.note);
    return new Resource(state, version, { status: 201, location: `/v1/incidents/${id}` });
  }

  private async load(id: string, scope: Scope, caller: Identity): Promise<Versioned<Incident>> {
    const loaded = await this.incidents.get(id);
    const { application } = loaded.state;
    authorize(caller, scope, { application, team: await this.applications.findTeam(application) }, `incident ${id}`);
    return loaded;
  }
}
