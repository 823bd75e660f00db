import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { authorizeGlobally, Caller, ListParameters, Lists, Requires } from '@signalbox/chassis';
import type { Identity, Page } from '@signalbox/chassis';
import { missedReportListRules, MissedReportView } from './missed-report.view.js';
import type { MissedReport } from './missed-report.view.js';

@ApiTags('test-runs')
@Controller('v1/missed-reports')
export class MissedReportController {
  constructor(
    private readonly view: MissedReportView,
    private readonly lists: Lists,
  ) {}

  @Get()
  @Requires('read')
  @ApiOperation({
    operationId: 'listMissedReports',
    summary: 'Reports of tools outside that were of no suite that waits, the newest first, with the reason',
  })
  @ListParameters(missedReportListRules)
  list(@Query() query: Record<string, string>, @Caller() caller: Identity): Promise<Page<MissedReport>> {
    authorizeGlobally(caller, 'read');
    return this.view.list(this.lists.parse(query, missedReportListRules));
  }
}
