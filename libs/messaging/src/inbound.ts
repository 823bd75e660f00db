import { isStorable, isUnder, jsonPointer, knownContracts, storableText } from '@signalbox/domain';
import type { EventSource, ReceivedEvent } from '@signalbox/domain';
import { z } from 'zod';
import { cdeventsDocument, eventOf, identityOf } from './envelope.js';
import type { CdeventsDocument, Envelope } from './envelope.js';
import { isTraceparent } from './tracing.js';

export type RefusalCode = 'malformed' | 'invalid' | 'forged_source' | 'reserved_type' | 'too_large';

/** Why an event from outside is not taken in. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  /** Into the event as JSON: `/source`, `/data/subject/id`. */
  readonly pointer: string;
  /** What it says of itself, as far as it does. */
  readonly id?: string | undefined;
  readonly type?: string | undefined;
}

export type Inbound =
  | { readonly kind: 'event'; readonly event: ReceivedEvent; readonly traceparent: string | undefined }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Short enough for an index of PostgreSQL, whatever the characters. */
const longest = 500;
const mostAttributes = 50;
/** Deeper data would exhaust the stack of who writes it as JSON, here and in PostgreSQL. */
const deepest = 64;
const control = /\p{Cc}/u;
const attributeName = /^[a-z0-9]{1,40}$/;
const jsonType = /^[a-z]+\/(?:[a-z0-9.+-]+\+)?json\s*(?:;|$)/i;
/** What an outbox holds of one record, with room for the attributes. */
export const mostPayloadBytes = 899_999;
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;
const ownTypes = 'dev.cdeventsx.signalbox-';

class Refused extends Error {
  constructor(
    readonly code: RefusalCode,
    message: string,
    readonly pointer: string,
  ) {
    super(message);
  }
}

/** Judges an event from outside by what its source may say and by the contract of its type. Never throws. */
export function readInbound(
  envelope: Envelope,
  source: EventSource,
  { topic, key }: { readonly topic: string; readonly key?: string | null },
): Inbound {
  const { attributes, data } = envelope;
  try {
    checkAttributes(attributes, source);
    const document = documentOf(data);
    const { id = '', type = '', source: from = '', traceparent } = attributes;
    const time = timeOf(attributes['time'], document.context.timestamp);
    const identity = identityOf(topic, from, id);
    const found = eventOf(envelope, document, { topic, key: '', identity, time });
    checkText(found.subject, '/data/subject/id');
    if (found.chainId !== undefined) checkText(found.chainId, '/data/context/chainId');
    for (const link of found.links)
      checkText((link.linkType === 'RELATION' ? link.target : link.from).contextId, '/data/context/links');
    const event = {
      ...found,
      key: key ?? found.chainId ?? found.subject,
      content: contentOf(type, document.subject.content),
    };
    return { kind: 'event', event, traceparent: isTraceparent(traceparent) ? traceparent : undefined };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { kind: 'refused', refusal: refusalOf(error, attributes) };
  }
}

/** It is kept, whatever the sender has put into it: short, and in characters that a database takes. */
export function refusalOf(
  { code, message, pointer }: Pick<Refusal, 'code' | 'message' | 'pointer'>,
  { id, type }: Envelope['attributes'] = {},
): Refusal {
  const told = (text: string) => storableText(text.slice(0, longest));
  return { code, message: told(message), pointer: told(pointer), id: id && told(id), type: type && told(type) };
}

function checkAttributes(attributes: Envelope['attributes'], source: EventSource): void {
  const names = Object.keys(attributes);
  // We add these two ourselves when the event goes on to its topic.
  const theirs = names.filter((name) => name !== 'traceparent' && name !== 'datacontenttype');
  if (theirs.length > mostAttributes) throw new Refused('invalid', `more than ${mostAttributes} attributes`, '');
  for (const name of names) {
    if (!attributeName.test(name)) {
      const why = name === 'data_base64' ? 'send it as JSON, in data' : 'names are lower-case letters and digits';
      throw new Refused('invalid', `${name.slice(0, 60)} is no attribute: ${why}`, '');
    }
    checkText(attributes[name] ?? '', `/${name}`);
  }
  for (const name of ['specversion', 'id', 'source', 'type']) {
    if (!attributes[name]) throw new Refused('invalid', `the CloudEvents attribute ${name} is missing`, `/${name}`);
  }
  if (attributes['specversion'] !== '1.0') throw new Refused('invalid', 'only CloudEvents 1.0', '/specversion');
  const { source: from = '', type = '', datacontenttype = 'application/json' } = attributes;
  if (!isUnder(from, source.prefix))
    throw new Refused(
      'forged_source',
      `${from} is not under ${source.prefix}, as ${source.name} is declared`,
      '/source',
    );
  if (type.startsWith(ownTypes)) throw new Refused('reserved_type', `only Signalbox says ${ownTypes}…`, '/type');
  if (!jsonType.test(datacontenttype)) throw new Refused('invalid', 'the data is JSON', '/datacontenttype');
}

function checkText(text: string, pointer: string): void {
  if (text.length > longest) throw new Refused('invalid', `longer than ${longest} characters`, pointer);
  // As CloudEvents has it; a line break would also be read as a line of whatever the text is shown in.
  if (!isStorable(text) || control.test(text))
    throw new Refused('invalid', 'holds a control character or half of a surrogate pair', pointer);
  if (text.includes('\ufffd')) throw new Refused('invalid', 'holds U+FFFD, as bytes do that are not UTF-8', pointer);
}

function documentOf(data: unknown): CdeventsDocument {
  if (isDeep(data, deepest)) throw new Refused('invalid', `more than ${deepest} levels deep`, '/data');
  const parsed = cdeventsDocument.safeParse(data);
  if (!parsed.success) throw firstFault(parsed.error, '/data', 'the data is a CDEvents document; ');
  if (parsed.data.subject.id === '') throw new Refused('invalid', 'the subject has no id', '/data/subject/id');
  return parsed.data;
}

function contentOf(type: string, content: unknown): unknown {
  const contract = knownContracts().get(type);
  if (!contract) return content ?? {};
  const parsed = contract.content.safeParse(content);
  if (!parsed.success) throw firstFault(parsed.error, '/data/subject/content', '');
  // As it came: what the contract does not name is the sender's, and others may know it.
  return content;
}

function firstFault({ issues }: z.ZodError, under: string, what: string): Refused {
  const [{ path, message } = { path: [], message: 'not valid' }] = issues;
  return new Refused('invalid', `${what}${path.join('.') || 'it'}: ${message}`, under + jsonPointer(path));
}

function timeOf(attribute: string | undefined, timestamp: string | undefined): Date {
  const text = attribute ?? timestamp;
  const pointer = attribute === undefined ? '/data/context/timestamp' : '/time';
  const time = new Date(text !== undefined && rfc3339.test(text) ? text : Number.NaN);
  if (Number.isNaN(time.getTime())) throw new Refused('invalid', 'not a time such as 2026-11-26T12:00:00Z', pointer);
  return time;
}

function isDeep(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  const parts: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  return parts.some((part) => isDeep(part, levels - 1));
}
