import { Controller, Get, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, HttpProblem, Lists, pageLimit, Requires } from '@signalbox/chassis';
import type { Identity, Page } from '@signalbox/chassis';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { PrincipalService } from '../principal/principal.service.js';
import type { Activity } from './activity.js';
import { ActivityStream } from './activity.stream.js';
import { ActivityView } from './activity.view.js';

const query = z.strictObject({
  releaseId: z.string().optional(),
  application: z.string().optional(),
  type: z.string().optional().describe('a part of the type: `release.completed`'),
  cursor: z.string().optional().describe('the `nextCursor` of a page with the same filter'),
  after: z.coerce.number().int().min(0).default(0).describe('the `seq` of an activity: begins behind it'),
  limit: pageLimit,
});

const streamQuery = query.omit({ cursor: true, limit: true }).partial();

/** `asOf`: when it was read. */
export type Activities = Page<Activity> & { asOf: string };

@ApiTags('activities')
@Controller('v1/activities')
export class ActivityController {
  constructor(
    private readonly view: ActivityView,
    private readonly stream: ActivityStream,
    private readonly principals: PrincipalService,
    private readonly lists: Lists,
  ) {}

  @Get()
  @Requires('read')
  @ApiOperation({ operationId: 'listActivities', summary: 'Every event of a release or application, oldest first' })
  async list(@Query({ schema: query }) asked: z.output<typeof query>, @Caller() caller: Identity): Promise<Activities> {
    const filter = JSON.stringify([asked.releaseId, asked.application, asked.type]);
    const [after = asked.after] = asked.cursor === undefined ? [] : this.lists.open(asked.cursor, filter);
    const found = await this.view.after(Number(after), asked, caller, asked.limit + 1);
    const items = found.slice(0, asked.limit);
    const last = items.at(-1);
    const nextCursor = found.length > items.length && last ? this.lists.seal([last.seq], filter) : null;
    return { items, nextCursor, asOf: new Date().toISOString() };
  }

  /**
   * Server-sent events; `Last-Event-ID` goes on where a client left off, without it only what is new is sent. What to go
   * on from before the first event is in the header `Signalbox-After`.
   */
  @Get('stream')
  @Requires('read')
  @ApiOkResponse({
    description: 'The data of each event is an Activity',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  @ApiOperation({ operationId: 'streamActivities', summary: 'The same as a live stream (server-sent events)' })
  async follow(
    @Query({ schema: streamQuery }) asked: z.output<typeof streamQuery>,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (lastEventId !== undefined && !(/^\d+$/.test(lastEventId) && Number.isSafeInteger(Number(lastEventId))))
      throw new HttpProblem(400, 'invalid', 'Last-Event-ID is the id of an event of this stream');
    const resumed = lastEventId === undefined ? (request.query as { after?: string }).after : lastEventId;
    const after = resumed === undefined ? await this.view.newestSeq() : Number(resumed);
    const { authorization } = request.headers;
    await this.stream.follow(reply, after, asked, () => this.principals.identifyBearer(authorization));
  }
}
