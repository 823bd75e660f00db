import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { authorize, Caller, ListParameters, Lists, Requires, Resource } from '@signalbox/chassis';
import type { Identity, Page } from '@signalbox/chassis';
import { deploymentBody, deploymentListRules, DeploymentView } from './deployment.view.js';
import type { ShownDeployment } from './deployment.view.js';

@ApiTags('deployments')
@Controller('v1/deployments')
export class DeploymentController {
  constructor(
    private readonly view: DeploymentView,
    private readonly lists: Lists,
  ) {}

  @Get()
  @Requires('read')
  @ApiOperation({ operationId: 'listDeployments', summary: 'Rollouts, newest first' })
  @ListParameters(deploymentListRules)
  list(@Query() query: Record<string, string>, @Caller() caller: Identity): Promise<Page<ShownDeployment>> {
    return this.view.list(this.lists.parse(query, deploymentListRules), caller);
  }

  @Get(':id')
  @Requires('read')
  @ApiOperation({ operationId: 'getDeployment', summary: 'A rollout: its step, weight, and what it waits for' })
  async get(@Param('id') id: string, @Caller() caller: Identity): Promise<Resource<ShownDeployment>> {
    const found = await this.view.get(id);
    authorize(caller, 'read', found.state, `deployment ${id}`);
    return new Resource(deploymentBody(found.state), found.version);
  }
}
