import type { EventSource } from '@signalbox/domain';
import { inboundTopic } from '@signalbox/domain';
import { mostPayloadBytes, readInbound, refusalOf } from '@signalbox/messaging';
import type { Envelope, InboundEntry, Refusal } from '@signalbox/messaging';

/** An event as a request brought it: a CloudEvent, or what is wrong with it. */
export type Brought = Envelope | Refusal;

/** An event that was not taken in; `index` counts the request's events from 0. */
export type IndexedRefusal = Refusal & { readonly index: number };

/** A request's events, judged by what can be told of them without asking what came before. */
export interface Judged {
  /** Each identity once. */
  readonly entries: readonly InboundEntry[];
  /** Repeated within the request. */
  readonly repeated: number;
  readonly refused: readonly IndexedRefusal[];
}

/** What a source is told of its request. */
export interface Intake {
  readonly accepted: number;
  readonly duplicates: number;
  readonly refused: readonly IndexedRefusal[];
}

export function judge(brought: readonly Brought[], source: EventSource): Judged {
  const entries = new Map<string, InboundEntry>();
  const refused: IndexedRefusal[] = [];
  const topic = inboundTopic(source);
  for (const [index, each] of brought.entries()) {
    const judged = 'code' in each ? each : judgeOne(stamped(each, source), source, topic);
    if ('code' in judged) refused.push({ index, ...judged });
    else if (!entries.has(judged.event.identity)) entries.set(judged.event.identity, judged);
  }
  const repeated = brought.length - refused.length - entries.size;
  return { entries: [...entries.values()], repeated, refused };
}

/** Who is known by its key need not say where its events are from. */
function stamped({ attributes, data }: Envelope, { prefix }: EventSource): Envelope {
  return attributes['source'] === undefined
    ? { attributes: { ...attributes, source: prefix }, data }
    : { attributes, data };
}

function judgeOne(envelope: Envelope, source: EventSource, topic: string): InboundEntry | Refusal {
  const read = readInbound(envelope, source, { topic });
  if (read.kind === 'refused') return read.refusal;
  const payload = JSON.stringify(envelope.data);
  const bytes = Buffer.byteLength(payload);
  if (bytes <= mostPayloadBytes) return { event: read.event, envelope, payload };
  const message = `${bytes} bytes of data; an event has ${mostPayloadBytes} at most`;
  return refusalOf({ code: 'too_large', message, pointer: '/data' }, envelope.attributes);
}
