import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { authorize, Caller, ListParameters, Lists, Requires, Resource } from '@signalbox/chassis';
import type { Identity, Page } from '@signalbox/chassis';
import { EnvironmentService } from './environment.service.js';
import { environmentBody, environmentListRules, EnvironmentView } from './environment.view.js';
import type { ShownEnvironment } from './environment.view.js';

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
  @ListParameters(environmentListRules)
  list(@Query() query: Record<string, string>, @Caller() caller: Identity): Promise<Page<ShownEnvironment>> {
    return this.view.list(this.lists.parse(query, environmentListRules), caller);
  }

  @Get(':application/:environment')
  @Requires('read')
  @ApiOperation({ operationId: 'getEnvironment', summary: 'One application in one environment' })
  async get(
    @Param('application') application: string,
    @Param('environment') environment: string,
    @Caller() caller: Identity,
  ): Promise<Resource<ShownEnvironment>> {
    const found = await this.environments.get(application, environment);
    authorize(caller, 'read', found.state, `environment ${environment} of ${application}`);
    return new Resource(environmentBody(found.state), found.version);
  }
}
