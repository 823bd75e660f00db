import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { DomainError } from '@signalbox/domain';
import type { ParkedEvents, ParkedSelection } from '@signalbox/messaging';
import { z } from 'zod';
import { Caller, Requires } from './identity/guard.js';
import { authorizeGlobally } from './identity/roles.js';
import type { Identity } from './identity/roles.js';

const selection = z.union([
  z.strictObject({ topic: z.string(), key: z.string() }),
  z.strictObject({ fingerprint: z.string() }),
]);
const wanted = z.strictObject({
  topic: z.string().optional(),
  key: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  /** How many were seen: what operators redrive meanwhile may move the rest up. */
  cursor: z.coerce.number().int().min(0).default(0),
});
const skip = z.strictObject({ selection, reason: z.string().min(1).max(1_000) });

/** What operators do about the events that one service could not apply; each service answers under its own name. */
export function parkedEventsController(service: string, parked: ParkedEvents): Type {
  @ApiTags('parked events')
  @Controller(`v1/parked-events/${service}`)
  class ParkedEventsController {
    @Get()
    @Requires('parked:write')
    @ApiOperation({
      operationId: `listParkedEvents-${service}`,
      summary: `Keys whose events ${service} holds back, the oldest first; of one key with topic and key its events`,
    })
    async list(@Query({ schema: wanted }) query: z.output<typeof wanted>, @Caller() caller: Identity): Promise<object> {
      authorizeGlobally(caller, 'parked:write');
      return page(parked, query);
    }

    @Post('redrives')
    @HttpCode(202)
    @Requires('parked:write')
    @ApiOperation({
      operationId: `redriveParkedEvents-${service}`,
      summary: 'Apply the events of a key again, or of every key that failed in the same way (fingerprint)',
    })
    async redrive(@Body({ schema: selection }) which: ParkedSelection, @Caller() caller: Identity): Promise<object> {
      authorizeGlobally(caller, 'parked:write');
      const keys = await parked.redrive(which);
      if (keys === 0) throw nothingParked(service);
      return { keys };
    }

    @Post('skips')
    @HttpCode(202)
    @Requires('parked:write')
    @ApiOperation({
      operationId: `skipParkedEvents-${service}`,
      summary: 'Drop the event that holds a key up, for good, and apply the rest; who and why goes to the log',
    })
    async skip(@Body({ schema: skip }) body: z.output<typeof skip>, @Caller() caller: Identity): Promise<object> {
      authorizeGlobally(caller, 'parked:write');
      const eventIds = await parked.skip(body.selection, caller.principal, body.reason);
      if (eventIds.length === 0) throw nothingParked(service);
      return { eventIds };
    }
  }
  return ParkedEventsController;
}

async function page(parked: ParkedEvents, { topic, key, limit, cursor }: z.output<typeof wanted>): Promise<object> {
  if (topic === undefined || key === undefined) {
    const end = cursor + limit;
    const keys = await parked.list({ limit: end + 1 });
    return { items: keys.slice(cursor, end), nextCursor: keys.length > end ? String(end) : null };
  }
  const events = await parked.show(topic, key);
  const items = events.map(({ payload, ...event }) => ({ ...event, payload: payload?.toString() ?? null }));
  return { items, nextCursor: null };
}

function nothingParked(service: string): DomainError {
  return new DomainError('not_found', `${service} holds no such event back`, { fix: `parked list ${service}` });
}
