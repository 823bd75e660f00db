import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, Lists, pageLimit, Requires } from '@signalbox/chassis';
import type { Identity, Page } from '@signalbox/chassis';
import { z } from 'zod';
import { ApplicationAccess } from '../application/application-access.js';
import { summaryListRules, SummaryView } from './summary.view.js';
import type { FeedbackSummary } from './summary.view.js';

const question = z.strictObject({
  application: z.string().min(1),
  cursor: z.string().optional(),
  limit: pageLimit,
});

/** `asOf`: when it was read. */
export interface FeedbackSummaries extends Page<FeedbackSummary> {
  asOf: string;
}

@ApiTags('feedback')
@Controller('v1/feedback-summaries')
export class SummaryController {
  constructor(
    private readonly access: ApplicationAccess,
    private readonly view: SummaryView,
    private readonly lists: Lists,
  ) {}

  @Get()
  @Requires('read')
  @ApiOperation({
    operationId: 'listFeedbackSummaries',
    summary: 'Feedback per version: counts, complaints, survey score',
  })
  async list(
    @Query({ schema: question }) asked: z.output<typeof question>,
    @Caller() caller: Identity,
  ): Promise<FeedbackSummaries> {
    await this.access.authorized(caller, 'read', asked.application);
    const query = this.lists.parse({ ...asked, limit: String(asked.limit) }, summaryListRules);
    const page = await this.view.list(asked.application, query);
    return { ...page, asOf: new Date().toISOString() };
  }
}
