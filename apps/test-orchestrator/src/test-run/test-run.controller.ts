import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { authorize, Caller, ListParameters, Lists, Requires, Resource } from '@signalbox/chassis';
import type { Identity, Page } from '@signalbox/chassis';
import { TestRunService } from './test-run.service.js';
import { testRunBody, testRunListRules, TestRunView } from './test-run.view.js';
import type { ShownTestRun } from './test-run.view.js';

@ApiTags('test-runs')
@Controller('v1/test-runs')
export class TestRunController {
  constructor(
    private readonly runs: TestRunService,
    private readonly view: TestRunView,
    private readonly lists: Lists,
  ) {}

  @Get()
  @Requires('read')
  @ApiOperation({ operationId: 'listTestRuns', summary: 'Test runs, newest first' })
  @ListParameters(testRunListRules)
  list(@Query() query: Record<string, string>, @Caller() caller: Identity): Promise<Page<ShownTestRun>> {
    return this.view.list(this.lists.parse(query, testRunListRules), caller);
  }

  @Get(':id')
  @Requires('read')
  @ApiOperation({
    operationId: 'getTestRun',
    summary: 'A test run: suites, counts, failing cases with message and place, the policy’s evaluation',
  })
  async get(@Param('id') id: string, @Caller() caller: Identity): Promise<Resource<ShownTestRun>> {
    const found = await this.runs.get(id);
    authorize(caller, 'read', found.state, `test run ${id}`);
    return new Resource(testRunBody(found.state), found.version);
  }
}
