import { applyDecorators, Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { DomainError } from '@signalbox/domain';
import type {
  ParkedAction,
  ParkedEvent,
  ParkedEvents,
  ParkedKey,
  ParkedPage,
  ParkedSelection,
} from '@signalbox/messaging';
import { z } from 'zod';
import type { Page } from './http/list.js';
import { Caller, Requires } from './identity/guard.js';
import { authorizeGlobally } from './identity/roles.js';
import type { Identity } from './identity/roles.js';

const ofKey = { topic: z.string(), key: z.string() };
const alike = z.strictObject({ fingerprint: z.string() });
const selection = z.union([z.strictObject(ofKey), alike], {
  error: 'wanted is either topic with key, or fingerprint alone; each is a text',
});
const skip = z.strictObject({
  selection: z.union([z.strictObject({ ...ofKey, eventId: z.uuid() }), alike], {
    error: 'wanted is either topic with key and eventId (a UUID), or fingerprint alone; each is a text',
  }),
  reason: z.string().min(1).max(1_000),
});
const paged = {
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  /** How many were seen: what operators redrive meanwhile may move the rest up. */
  cursor: z.coerce.number().int().min(0).default(0),
};
const wanted = z
  .strictObject({ topic: z.string().optional(), key: z.string().optional(), ...paged })
  .refine(({ topic, key }) => (topic === undefined) === (key === undefined), 'topic and key go together');
const onlyPaged = z.strictObject(paged);
/** Of a bigint. */
const actionId = z.string().regex(/^\d{1,18}$/);
/** Their payloads may have 64 kB each. */
const mostEvents = 100;

/** What operators do about the events that one service could not apply; each service answers under its own name. */
export function parkedEventsControllers(service: string, parked: ParkedEvents): Type[] {
  return [eventsController(service, parked), actionsController(service, parked)];
}

function eventsController(service: string, parked: ParkedEvents): Type {
  const operation = operationsOf(service);

  @ApiTags('parked events')
  @Controller(`v1/parked-events/${service}`)
  class ParkedEventsController {
    @Get()
    @operation(
      'listParkedEvents',
      'Keys whose events are held back, the oldest first; of one key (`topic` and `key`) its events',
    )
    async list(
      @Query({ schema: wanted }) query: z.output<typeof wanted>,
      @Caller() caller: Identity,
    ): Promise<Page<ParkedKey> | Page<ShownParkedEvent>> {
      authorizeGlobally(caller, 'parked:write');
      return page(parked, query);
    }

    @Post('redrives')
    @HttpCode(202)
    @operation(
      'redriveParkedEvents',
      'Apply the events of a key again, or of every key that failed in the same way (fingerprint)',
    )
    async redrive(
      @Body({ schema: selection }) which: ParkedSelection,
      @Caller() caller: Identity,
    ): Promise<{ keys: number }> {
      authorizeGlobally(caller, 'parked:write');
      const keys = await parked.redrive(which, caller.principal);
      if (keys === 0) throw nothingParked(service);
      return { keys };
    }

    @Post('skips')
    @HttpCode(202)
    @operation(
      'skipParkedEvents',
      'Drop the event with this id from the head of its key, or all that failed in the same way, and apply the rest',
    )
    async skip(
      @Body({ schema: skip }) body: z.output<typeof skip>,
      @Caller() caller: Identity,
    ): Promise<{ eventIds: string[] }> {
      authorizeGlobally(caller, 'parked:write');
      const eventIds = await parked.skip(body.selection, caller.principal, body.reason);
      if (eventIds.length === 0) throw nothingParked(service);
      return { eventIds };
    }
  }
  return ParkedEventsController;
}

/** Who did what about them, and what was dropped. */
function actionsController(service: string, parked: ParkedEvents): Type {
  const operation = operationsOf(service);

  @ApiTags('parked events')
  @Controller(`v1/parked-events/${service}/actions`)
  class ParkedActionsController {
    @Get()
    @operation(
      'listParkedActions',
      'What operators redrove and skipped, the newest first: who, when, why, and what was dropped',
    )
    async actions(@Query({ schema: onlyPaged }) query: Paged, @Caller() caller: Identity): Promise<Page<ParkedAction>> {
      authorizeGlobally(caller, 'parked:write');
      return pageOf(query, (range) => parked.actions(range));
    }

    @Get(':id/events')
    @operation('listDroppedEvents', 'What one skip dropped, as it came')
    async dropped(
      @Param('id', { schema: actionId }) id: string,
      @Query({ schema: onlyPaged }) query: Paged,
      @Caller() caller: Identity,
    ): Promise<Page<ShownParkedEvent>> {
      authorizeGlobally(caller, 'parked:write');
      return eventsOf(query, (range) => parked.dropped(id, range));
    }
  }
  return ParkedActionsController;
}

function operationsOf(service: string) {
  return (did: string, summary: string): MethodDecorator =>
    applyDecorators(
      Requires('parked:write'),
      ApiOperation({ operationId: `${did}-${service}`, summary: `${summary} (${service})` }),
    );
}

type Paged = z.output<typeof onlyPaged>;
type Range = Required<ParkedPage>;

/** An event as it came, its payload as text. */
export type ShownParkedEvent = Omit<ParkedEvent, 'payload'> & { payload: string | null };

function page(
  parked: ParkedEvents,
  { topic, key, ...query }: z.output<typeof wanted>,
): Promise<Page<ParkedKey> | Page<ShownParkedEvent>> {
  if (topic === undefined || key === undefined) return pageOf(query, (range) => parked.list(range));
  return eventsOf(query, (range) => parked.show(topic, key, range));
}

function eventsOf(query: Paged, read: (range: Range) => Promise<ParkedEvent[]>): Promise<Page<ShownParkedEvent>> {
  return pageOf({ ...query, limit: Math.min(query.limit, mostEvents) }, async (range) => {
    const events = await read(range);
    return events.map(({ payload, ...event }) => ({ ...event, payload: payload?.toString() ?? null }));
  });
}

async function pageOf<T>({ limit, cursor }: Paged, read: (range: Range) => Promise<T[]>): Promise<Page<T>> {
  const found = await read({ offset: cursor, limit: limit + 1 });
  return { items: found.slice(0, limit), nextCursor: found.length > limit ? String(cursor + limit) : null };
}

function nothingParked(service: string): DomainError {
  return new DomainError('not_found', `${service} holds no such event back`, { fix: `parked list ${service}` });
}
