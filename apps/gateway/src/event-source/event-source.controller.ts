import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import { authorizeGlobally, Caller, Lists, mayPublish, pageLimit, Requires } from '@signalbox/chassis';
import type { Identity, Page, Problem } from '@signalbox/chassis';
import { DomainError } from '@signalbox/domain';
import type { EventSource } from '@signalbox/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { eventBodies } from '../cloudevents/event-bodies.js';
import { batchType, singleType } from '../cloudevents/accept-events.js';
import { publishedEvents } from '../cloudevents/published-events.js';
import { refusalProblem } from '../cloudevents/refusal-problem.js';
import type { Intake } from '../cloudevents/judgement.js';
import { EVENT_SOURCES, EventSourceService } from './event-source.service.js';
import { EventSourceView } from './event-source.view.js';
import type { EventSourceFigures, KeptRefusal } from './event-source.view.js';

const query = z.strictObject({
  cursor: z.string().optional(),
  limit: pageLimit,
});

@ApiTags('event sources')
@Controller('v1/event-sources')
export class EventSourceController {
  constructor(
    @Inject(EVENT_SOURCES) private readonly sources: readonly EventSource[],
    private readonly service: EventSourceService,
    private readonly view: EventSourceView,
    private readonly lists: Lists,
  ) {}

  @Post(':source/events')
  @HttpCode(202)
  @Requires('event:publish')
  @ApiConsumes(singleType, batchType, 'application/json')
  @ApiBody(eventBodies)
  @ApiOperation({
    operationId: 'publishEvents',
    summary: 'Take in CloudEvents of a source outside: one, a batch of up to 500, or one in binary mode (ce-* headers)',
    description:
      'Needs no Idempotency-Key: an event that has come before, by its id and source, is counted as a duplicate and ' +
      'nothing else happens. Of a batch each event is taken or refused on its own; a refused single event is a problem.',
  })
  async publish(
    @Param('source') name: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Caller() caller: Identity,
  ): Promise<Intake | Problem> {
    if (!mayPublish(caller, name))
      throw new DomainError('forbidden', `${caller.name} may not send events as ${name}`, {
        fix: `signalbox event-source key ${name} makes a key that may`,
      });
    const source = this.named(name);
    const { isBatch, events, fix } = publishedEvents(request.headers, request.body);
    const intake = await this.service.publish(source, events);
    const [refusal] = intake.refused;
    return isBatch || !refusal ? intake : refusalProblem(refusal, { request, reply, fix });
  }

  @Get()
  @Requires('read')
  @ApiOperation({ operationId: 'listEventSources', summary: 'Sources outside, and how many events each has sent' })
  async list(@Caller() caller: Identity): Promise<Page<EventSourceFigures>> {
    authorizeGlobally(caller, 'read');
    return { items: await this.view.list(), nextCursor: null };
  }

  @Get(':source/refusals')
  @Requires('read')
  @ApiOperation({
    operationId: 'listEventRefusals',
    summary: 'Events of a source that were not taken in, the newest first; about a thousand of each source are kept',
  })
  async refusals(
    @Param('source') name: string,
    @Query({ schema: query }) { cursor, limit }: z.output<typeof query>,
    @Caller() caller: Identity,
  ): Promise<Page<KeptRefusal>> {
    authorizeGlobally(caller, 'read');
    const source = this.named(name).name;
    const [before] = cursor === undefined ? [] : this.lists.open(cursor, source);
    const found = await this.view.refusals(source, before === undefined ? undefined : Number(before), limit + 1);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, nextCursor: found.length > limit && last ? this.lists.seal([last.seq], source) : null };
  }

  private named(name: string): EventSource {
    const source = this.sources.find((each) => each.name === name);
    if (source) return source;
    const declared = this.sources.map((each) => each.name).join(', ') || 'none';
    throw new DomainError('not_found', `no event source ${name}`, { fix: `EVENT_SOURCES declares ${declared}` });
  }
}
