import type { IncomingHttpHeaders } from 'node:http';
import { refusalOf, structuredEnvelope } from '@signalbox/messaging';
import type { RefusalCode } from '@signalbox/messaging';
import { batchType, howToSend, typeOf, Unreadable } from './accept-events.js';
import type { Brought } from './judgement.js';

export const mostEvents = 500;

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

function refused(code: RefusalCode, message: string, how = howToSend): PublishedEvents {
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
