import type { IncomingHttpHeaders } from 'node:http';
import { HttpProblem } from '@signalbox/chassis';
import { jsonOf, refusalOf, structuredEnvelope } from '@signalbox/messaging';
import type { RefusalCode } from '@signalbox/messaging';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest, RawServerDefault } from 'fastify';
import type { Brought } from './judgement.js';

export const singleType = 'application/cloudevents+json';
export const batchType = 'application/cloudevents-batch+json';
export const mostEvents = 500;

const fix = `send ${singleType}, ${batchType}, or application/json with ce-* headers`;
const eventsRoute = '/v1/event-sources/:source/events';

/** A body that is no JSON: an event all the same, which is refused as one and noted once its sender is known. */
class Unreadable extends Error {}

/** Reads the bodies of both types, beside the JSON that every service reads. */
export function acceptEvents(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const isEvents = (request: FastifyRequest) => request.routeOptions.url === eventsRoute;
  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    if (isEvents(request)) refuseOtherTypes(request.headers);
    done(null, payload);
  });
  fastify.addContentTypeParser([singleType, batchType], { parseAs: 'buffer' }, (request, body, done) => {
    Object.assign(request, { rawBody: body });
    done(null, readJson(body as Buffer));
  });
  const parse = fastify.getDefaultJsonParser('error', 'error');
  app.useBodyParser<RawServerDefault>(
    'application/json',
    { bodyLimit: fastify.initialConfig.bodyLimit },
    (request, body, done) => {
      parse(request, body.toString(), (error, value) => {
        if (!error) done(null, value);
        else if (isEvents(request)) done(null, readJson(body));
        else done(error);
      });
    },
  );
}

/** Before the body is read: Fastify has no words for what it has no parser for. */
function refuseOtherTypes(headers: IncomingHttpHeaders): void {
  const type = typeOf(headers);
  if ([singleType, batchType, 'application/json'].includes(type)) return;
  throw new HttpProblem(415, 'unsupported_media_type', `${type || 'no content-type'} is no kind of event`, { fix });
}

function typeOf(headers: IncomingHttpHeaders): string {
  const [type = ''] = (headers['content-type'] ?? '').toLowerCase().split(';');
  return type.trim();
}

function readJson(body: Buffer): unknown {
  try {
    return jsonOf(body);
  } catch (error) {
    return new Unreadable(`the body is not JSON: ${(error as Error).message}`);
  }
}

/** What a request brings; a single event's refusal is the answer, those of a batch are in it. */
export interface PublishedEvents {
  /** False too where the request is refused as a whole: one refusal, and what to send instead. */
  readonly isBatch: boolean;
  readonly events: readonly Brought[];
  readonly fix?: string;
}

/** The three ways in which CloudEvents come over HTTP. */
export function publishedEvents(headers: IncomingHttpHeaders, body: unknown): PublishedEvents {
  if (body instanceof Unreadable) return refused('malformed', body.message);
  switch (typeOf(headers)) {
    case batchType:
      return batch(body);
    case 'application/json':
      return binary(headers, body);
    default:
      return { isBatch: false, events: [brought(body)] };
  }
}

function refused(code: RefusalCode, message: string, how = fix): PublishedEvents {
  return { isBatch: false, events: [refusalOf({ code, message, pointer: '' })], fix: how };
}

function batch(body: unknown): PublishedEvents {
  if (!Array.isArray(body)) return refused('invalid', 'a batch is a JSON array of events');
  if (body.length === 0) return refused('invalid', 'the batch is empty', 'send at least one event');
  if (body.length > mostEvents)
    return refused(
      'too_large',
      `a batch has at most ${mostEvents} events, this one has ${body.length}`,
      'send it in parts',
    );
  return { isBatch: true, events: body.map(brought) };
}

function brought(event: unknown): Brought {
  try {
    return structuredEnvelope(event);
  } catch (error) {
    return refusalOf({ code: 'malformed', message: (error as Error).message, pointer: '' });
  }
}

function binary(headers: IncomingHttpHeaders, data: unknown): PublishedEvents {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('ce-') && typeof value === 'string') attributes[name.slice(3)] = decoded(value);
  }
  if (Object.keys(attributes).length === 0)
    return refused('invalid', 'application/json without ce-* headers is no CloudEvent');
  return { isBatch: false, events: [{ attributes, data }] };
}

/** The binding encodes what is not printable ASCII; what it cannot decode is text as it is. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
