import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, Requires } from '@signalbox/chassis';
import type { Identity } from '@signalbox/chassis';
import { z } from 'zod';
import { ApplicationAccess } from '../application/application-access.js';
import { SummaryView } from './summary.view.js';
import type { FeedbackSummary } from './summary.view.js';

const question = z.strictObject({ application: z.string().min(1) });

interface Summaries {
  items: FeedbackSummary[];
  nextCursor: null;
  asOf: string;
}

@ApiTags('feedback')
@Controller('v1/feedback-summaries')
export class SummaryController {
  constructor(
    private readonly access: ApplicationAccess,
    private readonly view: SummaryView,
  ) {}

  @Get()
  @Requires('read')
  @ApiOperation({
    operationId: 'listFeedbackSummaries',
    summary: 'Feedback per version: counts, complaints, survey score',
  })
  async list(
    @Query({ schema: question }) { application }: z.output<typeof question>,
    @Caller() caller: Identity,
  ): Promise<Summaries> {
    await this.access.authorized(caller, 'read', application);
    return { items: await this.view.list(application), nextCursor: null, asOf: new Date().toISOString() };
  }
}
