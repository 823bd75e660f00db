import { eventLink } from '@signalbox/domain';
import type { ReceivedEvent } from '@signalbox/domain';
import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { parse as uuidBytes } from 'uuid';
import { z } from 'zod';
import type { IncomingRecord } from './ports.js';

/** A CloudEvent, whatever mode it came in. */
export interface Envelope {
  readonly attributes: Readonly<Record<string, string>>;
  readonly data: unknown;
}

const structuredMode = 'application/cloudevents+json';
/** Of the identities made from names: any fixed uuid will do. */
const identityNamespace = uuidBytes('5d0ffb1e-3a5c-5bb4-9b7e-1f0f0c6a9a11');

/** What every event has of CDEvents, also one of a type that nobody here knows. */
export const cdeventsDocument = z.object({
  context: z.object({
    chainId: z.string().optional(),
    timestamp: z.string().optional(),
    // Each is looked at by itself: a megabyte of them would hold everything up.
    links: z.array(z.unknown()).max(100).optional(),
  }),
  subject: z.object({ id: z.string(), content: z.unknown().optional() }),
  customData: z.unknown().optional(),
});
export type CdeventsDocument = z.infer<typeof cdeventsDocument>;

/** Of a record that has a value. Throws where it holds no JSON, or none that is a CloudEvent. */
export function envelopeOf({ headers, value }: IncomingRecord): Envelope {
  const data = jsonOf(value ?? Buffer.alloc(0));
  if (headers['content-type']?.startsWith(structuredMode)) return structuredEnvelope(data);
  const attributes: Record<string, string> = {};
  for (const [name, header] of Object.entries(headers)) {
    if (name.startsWith('ce_')) attributes[name.slice(3)] = header;
    if (name === 'traceparent') attributes[name] = header;
  }
  if (headers['content-type'] !== undefined) attributes['datacontenttype'] ??= headers['content-type'];
  return { attributes, data };
}

/** Throws where it is no JSON in UTF-8: replaced characters would make different texts the same. */
export function jsonOf(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new Error('the bytes are not UTF-8');
  return JSON.parse(bytes.toString('utf8'));
}

/** What the format defines as text; a number would be rounded before anybody could compare it. */
const texts = ['id', 'source', 'type', 'specversion', 'time', 'subject', 'dataschema', 'datacontenttype'];

/** The JSON form of a CloudEvent. Throws where it is none. */
export function structuredEnvelope(event: unknown): Envelope {
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    throw new Error('a CloudEvent is a JSON object');
  const { data, ...fields } = event as Record<string, unknown>;
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === null) continue;
    if (typeof value === 'object') throw new Error(`the attribute ${name} is neither text, number nor boolean`);
    if (typeof value !== 'string' && texts.includes(name)) throw new Error(`the attribute ${name} is not text`);
    attributes[name] = String(value);
  }
  return { attributes, data };
}

/** The mode of an event is known without reading what it carries. */
export function isStructured({ headers }: IncomingRecord): boolean {
  return headers['content-type']?.startsWith(structuredMode) ?? false;
}

/** What is the same for events of ours and of others. */
export function eventOf(
  { attributes }: Envelope,
  { context, subject, customData }: CdeventsDocument,
  at: { readonly topic: string; readonly key: string; readonly identity: string; readonly time: Date },
): ReceivedEvent {
  return {
    ...at,
    id: attributes['id'] ?? '',
    type: attributes['type'] ?? '',
    source: attributes['source'] ?? '',
    subject: subject.id,
    chainId: attributes['chainid'] ?? context.chainId,
    causationId: attributes['causationid'],
    aggId: attributes['aggid'] ?? subject.id,
    aggVersion: Number(attributes['aggversion'] ?? 0),
    links: (context.links ?? []).flatMap((link) => eventLink.safeParse(link).data ?? []),
    content: subject.content,
    customData,
  };
}

/** The same uuid for the same names; of an event from outside these are its topic, source and id. */
export function identityOf(...names: readonly string[]): string {
  return nameBased(JSON.stringify(names));
}

/** Of a record that has no identity of its own. */
export function placeOf({ topic, partition, offset }: IncomingRecord): string {
  return nameBased(`${topic}/${partition}/${offset}`);
}

/** A uuid of version 5 (RFC 9562), as `uuid` makes it in five times the time; each event from outside takes two. */
function nameBased(name: string): string {
  const bytes = Buffer.concat([identityNamespace, Buffer.from(name)]);
  const hex = hash('sha1', bytes, 'hex');
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}

/** What a schema misses, and where. */
export function faultsOf(error: unknown): string {
  if (error instanceof z.ZodError)
    return error.issues.map(({ path, message }) => `${path.join('.') || 'event'}: ${message}`).join('; ');
  return error instanceof Error ? error.message : String(error);
}
