import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, ListParameters, Lists, Requires, Resource } from '@signalbox/chassis';
import type { Identity, Page, Scope } from '@signalbox/chassis';
import type { Versioned } from '@signalbox/persistence';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { ApplicationAccess } from '../application/application-access.js';
import { kinds } from './feedback-item.js';
import type { FeedbackItem } from './feedback-item.js';
import { FeedbackItemService } from './feedback-item.service.js';
import { feedbackListRules, FeedbackItemView } from './feedback-item.view.js';

const intake = z.strictObject({
  application: z.string().min(1),
  version: z.string().min(1).max(100).optional(),
  kind: z.enum(kinds),
  rating: z.int().min(0).max(10).optional(),
  text: z.string().min(1).max(10_000).optional(),
  region: z.string().min(1).max(100).optional(),
  author: z.string().min(1).max(200).optional(),
});

/** Feedback without who said it and in which words: answers are kept for replays. */
export type FeedbackLabels = Omit<FeedbackItem, 'text' | 'author' | 'region' | 'forgottenAt'>;

@ApiTags('feedback')
@Controller('v1/feedback')
export class FeedbackItemController {
  constructor(
    private readonly items: FeedbackItemService,
    private readonly access: ApplicationAccess,
    private readonly view: FeedbackItemView,
    private readonly lists: Lists,
  ) {}

  @Post()
  @Requires('feedback:write')
  @ApiOperation({
    operationId: 'sendFeedback',
    summary: 'What somebody says about an application, by version if known',
  })
  async receive(
    @Body({ schema: intake }) body: z.output<typeof intake>,
    @Caller() caller: Identity,
  ): Promise<Resource<FeedbackLabels>> {
    await this.access.authorized(caller, 'feedback:write', body.application);
    const by = { receivedBy: caller.principal, receivedAt: new Date().toISOString() };
    const { state, version } = await this.items.receive({ ...body, ...by, id: `fb_${uuid()}` });
    // Answers are kept for replays: what may have to be forgotten is not in them.
    const { text: _text, author: _author, region: _region, forgottenAt: _at, ...labels } = state;
    return new Resource(labels, version, { status: 201, location: `/v1/feedback/${state.id}` });
  }

  @Get()
  @Requires('read')
  @ApiOperation({ operationId: 'listFeedback', summary: 'Feedback, newest first' })
  @ListParameters(feedbackListRules)
  list(@Query() query: Record<string, string>, @Caller() caller: Identity): Promise<Page<FeedbackItem>> {
    return this.view.list(this.lists.parse(query, feedbackListRules), caller);
  }

  @Get(':id')
  @Requires('read')
  @ApiOperation({ operationId: 'getFeedback', summary: 'One piece of feedback' })
  async get(@Param('id') id: string, @Caller() caller: Identity): Promise<Resource<FeedbackItem>> {
    const { state, version } = await this.load(id, 'read', caller);
    return new Resource(state, version);
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('feedback:write')
  @ApiOperation({ operationId: 'forgetFeedback', summary: 'Forget who said it and in which words; counts stay' })
  async forget(@Param('id') id: string, @Caller() caller: Identity): Promise<void> {
    await this.load(id, 'feedback:write', caller);
    await this.items.forget(id);
  }

  private async load(id: string, scope: Scope, caller: Identity): Promise<Versioned<FeedbackItem>> {
    const loaded = await this.items.get(id);
    await this.access.authorized(caller, scope, loaded.state.application, `feedback item ${id}`);
    return loaded;
  }
}
