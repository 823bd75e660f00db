import { inboundTopic, isInbound, knownContracts, storableJson } from '@signalbox/domain';
import type { EventDraft, EventLink, EventSource, ReceivedEvent } from '@signalbox/domain';
import { validate as isUuid } from 'uuid';
import { cdeventsDocument, envelopeOf, eventOf, faultsOf, identityOf, isStructured, placeOf } from './envelope.js';
import type { Envelope } from './envelope.js';
import { mostPayloadBytes, readInbound, refusalOf } from './inbound.js';
import type { Refusal, RefusalCode } from './inbound.js';
import type { IncomingRecord } from './ports.js';

/** What the writer of an event adds to its draft. */
export interface EventMeta {
  readonly id: string;
  readonly source: string;
  readonly time: Date;
  readonly aggId: string;
  readonly aggVersion: number;
  readonly chainId?: string;
  readonly causationId?: string;
  readonly traceparent?: string;
}

export interface EncodedEvent {
  readonly headers: Record<string, string>;
  readonly payload: string;
}

const cdeventsVersion = '0.5.1';

/** A CloudEvent in binary mode whose data is a CDEvents document. */
export function encodeEvent(draft: EventDraft, meta: EventMeta): EncodedEvent {
  const time = meta.time.toISOString();
  const links = linksOf(draft, meta);
  const headers = withoutUndefined({
    ce_specversion: '1.0',
    ce_id: meta.id,
    ce_source: meta.source,
    ce_type: draft.type,
    ce_subject: draft.subject,
    ce_time: time,
    'content-type': 'application/json',
    traceparent: meta.traceparent,
    ce_chainid: meta.chainId,
    ce_causationid: meta.causationId,
    ce_aggid: meta.aggId,
    ce_aggversion: String(meta.aggVersion),
  });
  const document = {
    context: withoutUndefined({
      specversion: cdeventsVersion,
      id: meta.id,
      source: meta.source,
      type: draft.type,
      timestamp: time,
      chainId: meta.chainId,
      links: links.length > 0 ? links : undefined,
    }),
    subject: { id: draft.subject, source: meta.source, content: draft.content },
    ...(draft.customData === undefined ? {} : { customData: draft.customData }),
  };
  return { headers, payload: storableJson(document) };
}

function linksOf(draft: EventDraft, meta: EventMeta): readonly EventLink[] {
  const links = draft.links ?? [];
  if (meta.causationId === undefined || links.some((link) => link.linkType === 'PATH')) return links;
  return [...links, { linkType: 'PATH', from: { contextId: meta.causationId } }];
}

function withoutUndefined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/**
 * `skipped`: not for this reader (a tombstone, or a type it does not want); `malformed`: `why` says what is wrong;
 * `refused`: an event from outside that is not taken in.
 */
export type Decoded =
  | {
      readonly kind: 'event';
      readonly identity: string;
      /** What its contract knows of it. */
      readonly event: ReceivedEvent;
      /** All that it says, also what only a later build knows. */
      readonly asSaid: ReceivedEvent;
      readonly traceparent?: string;
    }
  | { readonly kind: 'skipped'; readonly type?: string }
  | { readonly kind: 'malformed'; readonly identity: string; readonly why: string }
  | { readonly kind: 'refused'; readonly identity: string; readonly refusal: Refusal };

/**
 * Reads a record; never throws. Types no contract knows are passed on unvalidated if the reader wants them.
 * @param sources who may write on the topics for what comes from outside
 */
export function decodeEvent(
  record: IncomingRecord,
  wants: (type: string) => boolean,
  sources: readonly EventSource[] = [],
): Decoded {
  if (record.value === null) return { kind: 'skipped' };
  const type = isStructured(record) ? undefined : record.headers['ce_type'];
  if (type !== undefined && !wants(type)) return { kind: 'skipped', type };
  if (!isInbound(record.topic)) return decodeOwn(record, wants);
  const source = sources.find((each) => inboundTopic(each) === record.topic);
  return source ? decodeInbound(record, wants, source) : { kind: 'skipped' };
}

function decodeInbound(record: IncomingRecord, wants: (type: string) => boolean, source: EventSource): Decoded {
  const bytes = record.value?.length ?? 0;
  if (bytes > mostPayloadBytes)
    return refused(record, 'too_large', `${bytes} bytes; an event has ${mostPayloadBytes} at most`);
  let envelope: Envelope;
  try {
    envelope = envelopeOf(record);
  } catch (error) {
    return refused(record, 'malformed', faultsOf(error));
  }
  const read = readInbound(envelope, source, record);
  if (read.kind === 'refused') return { ...read, identity: placeOf(record) };
  const { event, traceparent } = read;
  if (!wants(event.type)) return { kind: 'skipped', type: event.type };
  return { kind: 'event', identity: event.identity, event, asSaid: event, traceparent };
}

function refused(record: IncomingRecord, code: RefusalCode, message: string): Decoded {
  return { kind: 'refused', identity: placeOf(record), refusal: refusalOf({ code, message, pointer: '' }) };
}

function decodeOwn(record: IncomingRecord, wants: (type: string) => boolean): Decoded {
  try {
    return readOwn(record, envelopeOf(record), wants);
  } catch (error) {
    return { kind: 'malformed', identity: placeOf(record), why: faultsOf(error) };
  }
}

function readOwn(record: IncomingRecord, envelope: Envelope, wants: (type: string) => boolean): Decoded {
  const { attributes, data } = envelope;
  const required = (name: string): string => {
    const value = attributes[name];
    if (value === undefined || value === '') throw new Error(`the CloudEvents attribute ${name} is missing`);
    return value;
  };
  const type = required('type');
  if (!wants(type)) return { kind: 'skipped', type };
  const document = cdeventsDocument.parse(data);
  const contract = knownContracts().get(type);
  const [id, source] = [required('id'), required('source')];
  const identity = isUuid(id) ? id : identityOf(record.topic, source, id);
  const time = timeOf(attributes['time']);
  const event = eventOf(envelope, document, { topic: record.topic, key: record.key ?? '', identity, time });
  const checked = contract
    ? {
        ...event,
        content: contract.content.parse(document.subject.content),
        customData: contract.customData.parse(document.customData),
      }
    : event;
  return { kind: 'event', identity, event: checked, asSaid: event, traceparent: attributes['traceparent'] };
}

function timeOf(attribute: string | undefined): Date {
  const time = new Date(attribute ?? Number.NaN);
  if (Number.isNaN(time.getTime())) throw new Error('the CloudEvents attribute time is not a time');
  return time;
}
