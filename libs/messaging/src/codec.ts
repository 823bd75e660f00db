import { eventLink, knownContracts, storableJson } from '@signalbox/domain';
import type { EventDraft, EventLink, ReceivedEvent } from '@signalbox/domain';
import { v5 as uuidv5, validate as isUuid } from 'uuid';
import { z } from 'zod';
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
const structuredMode = 'application/cloudevents+json';
const inboundPrefix = 'signalbox.inbound.';
/** Namespace of the identities made from names: any fixed uuid will do. */
const identityNamespace = '5d0ffb1e-3a5c-5bb4-9b7e-1f0f0c6a9a11';

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

/** `skipped`: not for this reader (a tombstone, or a type it does not want); `malformed`: `why` says what is wrong. */
export type Decoded =
  | { readonly kind: 'event'; readonly identity: string; readonly event: ReceivedEvent; readonly traceparent?: string }
  | { readonly kind: 'skipped'; readonly type?: string }
  | { readonly kind: 'malformed'; readonly identity: string; readonly why: string };

const document = z.object({
  context: z.object({ chainId: z.string().optional(), links: z.array(z.unknown()).optional() }),
  subject: z.object({ id: z.string(), content: z.unknown().optional() }),
  customData: z.unknown().optional(),
});

interface Envelope {
  readonly attributes: Readonly<Record<string, string>>;
  readonly data: unknown;
}

/** Reads a record; never throws. Types no contract knows are passed on unvalidated if the reader wants them. */
export function decodeEvent(record: IncomingRecord, wants: (type: string) => boolean): Decoded {
  if (record.value === null) return { kind: 'skipped' };
  const place = uuidv5(`${record.topic}/${record.partition}/${record.offset}`, identityNamespace);
  try {
    if (isStructured(record)) return read(record, structured(record.value), wants);
    const type = record.headers['ce_type'];
    if (type !== undefined && !wants(type)) return { kind: 'skipped', type };
    return read(record, binary(record.headers, record.value), wants);
  } catch (error) {
    return { kind: 'malformed', identity: place, why: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError)
    return error.issues.map(({ path, message }) => `${path.join('.') || 'event'}: ${message}`).join('; ');
  return error instanceof Error ? error.message : String(error);
}

function isStructured(record: IncomingRecord): boolean {
  return record.headers['content-type']?.startsWith(structuredMode) ?? false;
}

function structured(value: Buffer): Envelope {
  const { data, ...attributes } = JSON.parse(value.toString('utf8')) as Record<string, unknown>;
  const strings = Object.entries(attributes).map(([name, attribute]) => [name, String(attribute)]);
  return { attributes: Object.fromEntries(strings) as Record<string, string>, data };
}

function binary(headers: Readonly<Record<string, string>>, value: Buffer): Envelope {
  const attributes: Record<string, string> = {};
  for (const [name, header] of Object.entries(headers)) {
    if (name.startsWith('ce_')) attributes[name.slice(3)] = header;
    if (name === 'traceparent') attributes[name] = header;
  }
  return { attributes, data: JSON.parse(value.toString('utf8')) };
}

function read(record: IncomingRecord, { attributes, data }: Envelope, wants: (type: string) => boolean): Decoded {
  const required = (name: string): string => {
    const value = attributes[name];
    if (value === undefined || value === '') throw new Error(`the CloudEvents attribute ${name} is missing`);
    return value;
  };
  const type = required('type');
  if (!wants(type)) return { kind: 'skipped', type };
  const { context, subject, customData } = document.parse(data);
  const contract = knownContracts().get(type);
  const id = required('id');
  const source = required('source');
  const event: ReceivedEvent = {
    id,
    type,
    source,
    subject: subject.id,
    time: timeOf(attributes['time']),
    topic: record.topic,
    key: record.key ?? '',
    chainId: attributes['chainid'] ?? context.chainId,
    causationId: attributes['causationid'],
    aggId: attributes['aggid'] ?? subject.id,
    aggVersion: Number(attributes['aggversion'] ?? 0),
    links: (context.links ?? []).flatMap((link) => eventLink.safeParse(link).data ?? []),
    content: contract ? contract.content.parse(subject.content) : subject.content,
    customData: contract && !isInbound(record.topic) ? contract.customData.parse(customData) : customData,
  };
  return {
    kind: 'event',
    identity: identityOf(record.topic, id, source),
    event,
    traceparent: attributes['traceparent'],
  };
}

function timeOf(attribute: string | undefined): Date {
  const time = new Date(attribute ?? Number.NaN);
  if (Number.isNaN(time.getTime())) throw new Error('the CloudEvents attribute time is not a time');
  return time;
}

/** What comes from outside carries customData of its own. */
function isInbound(topic: string): boolean {
  return topic.startsWith(inboundPrefix);
}

/** Foreign ids are unique per source only, and must not shadow one of ours that they repeat. */
function identityOf(topic: string, id: string, source: string): string {
  if (!isInbound(topic) && isUuid(id)) return id;
  return uuidv5(JSON.stringify([topic, source, id]), identityNamespace);
}
