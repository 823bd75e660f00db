import type { IncomingHttpHeaders } from 'node:http';
import { HttpProblem } from '@signalbox/chassis';
import type { FastifyInstance } from 'fastify';
import { jsonOf, refusalOf, structuredEnvelope } from '@signalbox/messaging';
import type { Brought } from './judgement.js';

export const singleType = 'application/cloudevents+json';
export const batchType = 'application/cloudevents-batch+json';
export const mostEvents = 500;

/** Reads the bodies of both types, beside the JSON that every service reads. */
export function acceptEvents(fastify: FastifyInstance): void {
  fastify.addContentTypeParser([singleType, batchType], { parseAs: 'buffer' }, (request, body, done) => {
    Object.assign(request, { rawBody: body });
    try {
      done(null, jsonOf(body as Buffer));
    } catch (error) {
      done(Object.assign(new Error(`the body is not JSON: ${(error as Error).message}`), { statusCode: 400 }));
    }
  });
}

/** What a request brings; a single event's refusal is the answer, those of a batch are in it. */
export interface PublishedEvents {
  readonly isBatch: boolean;
  readonly events: readonly Brought[];
}

const fix = `send ${singleType}, ${batchType}, or application/json with ce-* headers`;

/** The three ways in which CloudEvents come over HTTP. Throws HttpProblem for what is none of them. */
export function publishedEvents(headers: IncomingHttpHeaders, body: unknown): PublishedEvents {
  const [type = ''] = (headers['content-type'] ?? '').toLowerCase().split(';');
  switch (type.trim()) {
    case singleType:
      return { isBatch: false, events: [brought(body)] };
    case batchType:
      return { isBatch: true, events: batch(body) };
    case 'application/json':
      return { isBatch: false, events: [binary(headers, body)] };
    default:
      throw new HttpProblem(415, 'unsupported_media_type', `${type || 'no content-type'} is no kind of event`, { fix });
  }
}

function batch(body: unknown): Brought[] {
  if (!Array.isArray(body) || body.length === 0)
    throw new HttpProblem(400, 'invalid', 'a batch is a JSON array of events', { fix });
  if (body.length > mostEvents)
    throw new HttpProblem(413, 'too_large', `a batch has at most ${mostEvents} events, this one has ${body.length}`, {
      fix: 'send it in parts',
    });
  return body.map(brought);
}

function brought(event: unknown): Brought {
  try {
    return structuredEnvelope(event);
  } catch (error) {
    return refusalOf({ code: 'malformed', message: (error as Error).message, pointer: '' });
  }
}

function binary(headers: IncomingHttpHeaders, data: unknown): Brought {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('ce-') && typeof value === 'string') attributes[name.slice(3)] = decoded(value);
  }
  if (Object.keys(attributes).length === 0)
    throw new HttpProblem(400, 'invalid', 'application/json without ce-* headers is no CloudEvent', { fix });
  return { attributes, data };
}

/** The binding encodes what is not printable ASCII; what it cannot decode is text as it is. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
