import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { authorize, Caller, Lists, Requires, Resource } from '@signalbox/chassis';
import type { Identity, Page } from '@signalbox/chassis';
import { DomainError } from '@signalbox/domain';
import { EnvironmentService } from './environment.service.js';
import { environmentBody, environmentListRules, EnvironmentView } from './environment.view.js';

@ApiTags('environments')
@Controller('v1/environments')
export class EnvironmentController {
  constructor(
    private readonly environments: EnvironmentService,
    private readonly view: EnvironmentView,
    private readonly lists: Lists,
  ) {}

  @Get()
  @Requires('read')
  @ApiOperation({ operationId: 'listEnvironments', summary: 'What runs where, and where users reach it' })
  async list(@Query() query: Record<string, string>, @Caller() caller: Identity): Promise<Page<object>> {
    const page = await this.view.list(this.lists.parse(query, environmentListRules), caller);
    const { application } = query;
    if (page.items.length > 0 || !application || application.includes(',')) return page;
    const any = this.lists.parse({ application, limit: '1' }, environmentListRules);
    // Every application has an environment: whose are not seen is not there, or not for this caller.
    if ((await this.view.list(any, caller)).items.length > 0) return page;
    throw new DomainError('not_found', `no application ${application}`);
  }

  @Get(':application/:environment')
  @Requires('read')
  @ApiOperation({ operationId: 'getEnvironment', summary: 'One application in one environment' })
  async get(
    @Param('application') application: string,
    @Param('environment') environment: string,
    @Caller() caller: Identity,
  ): Promise<Resource> {
    const found = await this.environments.get(application, environment);
    authorize(caller, 'read', found.state, `environment ${environment} of ${application}`);
    return new Resource(environmentBody(found.state), found.version);
  }
}
