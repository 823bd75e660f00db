import { describe, expect, it } from '@jest/globals';
import { isStorable, testSuiteRunFinished } from '@signalbox/domain';
import { v5 as uuidv5 } from 'uuid';
import { decodeEvent } from './codec.js';
import { readInbound } from './inbound.js';
import type { IncomingRecord } from './ports.js';

const argo = { name: 'argo', prefix: '/argo' };
const topic = 'signalbox.inbound.argo';
const attributes = {
  specversion: '1.0',
  id: 'a-1',
  source: '/argo/prod',
  type: 'dev.cdevents.service.published.0.2.0',
  time: '2026-11-26T10:00:00Z',
};
const data = {
  context: { id: 'a-1', timestamp: '2026-11-26T10:00:00Z', chainId: 'rel_1' },
  subject: { id: 'shop', content: { environment: { id: 'production' } } },
  customData: { theirs: true },
};
const read = (more: Record<string, unknown> = {}, document: unknown = data) => {
  const all = Object.entries({ ...attributes, ...more }).filter(([, value]) => value !== undefined);
  return readInbound({ attributes: Object.fromEntries(all) as Record<string, string>, data: document }, argo, {
    topic,
  });
};
const refusalOf = (found: ReturnType<typeof read>) => (found.kind === 'refused' ? found.refusal : undefined);

describe('an event from outside', () => {
  it('of a type that nobody here knows is taken as it is, its key the release', () => {
    expect(read()).toMatchObject({
      kind: 'event',
      event: {
        id: 'a-1',
        source: '/argo/prod',
        subject: 'shop',
        key: 'rel_1',
        chainId: 'rel_1',
        topic,
        content: { environment: { id: 'production' } },
        customData: { theirs: true },
        time: new Date('2026-11-26T10:00:00Z'),
      },
    });
    expect(read({}, { context: {}, subject: { id: 'shop' } })).toMatchObject({ event: { key: 'shop', content: {} } });
  });

  it('is the same event by its id and source, on one topic', () => {
    const identity = (found: ReturnType<typeof read>) => found.kind === 'event' && found.event.identity;
    const one = identity(read());
    expect(identity(read({ type: 'other', extra: '1' }))).toBe(one);
    expect(identity(read({ id: 'a-2' }))).not.toBe(one);
    expect(identity(read({ source: '/argo' }))).not.toBe(one);
    const uuid = '019ab0c4-7a00-7000-8000-000000000001';
    expect(identity(read({ id: uuid }))).not.toBe(uuid);
  });

  it('has the identity that everybody else’s version 5 makes of its names', () => {
    const names = JSON.stringify([topic, attributes.source, attributes.id]);
    const expected = uuidv5(names, '5d0ffb1e-3a5c-5bb4-9b7e-1f0f0c6a9a11');
    expect(read()).toMatchObject({ event: { identity: expected } });
    const placed = { topic, partition: 3, offset: 12, key: null, headers: {}, value: Buffer.from('{') };
    expect(decodeEvent(placed, () => true, [argo])).toMatchObject({
      identity: uuidv5(`${topic}/3/12`, '5d0ffb1e-3a5c-5bb4-9b7e-1f0f0c6a9a11'),
    });
  });

  it('of a type that we know fits its contract, customData aside', () => {
    const known = { type: testSuiteRunFinished.type };
    const content = { environment: { id: 'staging' }, outcome: 'success' };
    const fits = { context: {}, subject: { id: 's', content }, customData: { build: 7 } };
    expect(read(known, fits)).toMatchObject({ kind: 'event', event: { content, customData: { build: 7 } } });
    const more = { ...content, uri: 'https://ci.example.org/7', testSuite: { id: 'api', owner: 'web' } };
    expect(read(known, { context: {}, subject: { id: 's', content: more } })).toMatchObject({
      event: { content: more },
    });
    const wrong = { context: {}, subject: { id: 's', content: { ...content, outcome: 'green' } } };
    expect(refusalOf(read(known, wrong))).toMatchObject({ code: 'invalid', pointer: '/data/subject/content/outcome' });
  });

  it.each<[string, string, string, Record<string, unknown>, unknown?]>([
    ['without id', 'invalid', '/id', { id: undefined }],
    ['without type', 'invalid', '/type', { type: '' }],
    ['of another specversion', 'invalid', '/specversion', { specversion: '0.3' }],
    ['of another source', 'forged_source', '/source', { source: '/jenkins' }],
    ['of a source that leads out', 'forged_source', '/source', { source: '/argo/../jenkins' }],
    ['that only we may say', 'reserved_type', '/type', { type: 'dev.cdeventsx.signalbox-release.planned.0.1.0' }],
    ['at no time', 'invalid', '/time', { time: 'noon' }],
    [
      'at no time at all',
      'invalid',
      '/data/context/timestamp',
      { time: undefined },
      { context: {}, subject: { id: 's' } },
    ],
    ['with an endless id', 'invalid', '/id', { id: 'x'.repeat(501) }],
    ['with NUL in its id', 'invalid', '/id', { id: 'a\0' }],
    ['with a line break in its type', 'invalid', '/type', { type: 'x\ndata: forged' }],
    ['with what stands for other bytes in its id', 'invalid', '/id', { id: 'a\ufffd' }],
    ['with an odd attribute name', 'invalid', '', { 'a\0b': 'x' }],
    [
      'with NUL in a link',
      'invalid',
      '/data/context/links',
      {},
      {
        ...data,
        context: { links: [{ linkType: 'RELATION', linkKind: 'TRIGGER', target: { contextId: '\0' } }] },
      },
    ],
    [
      'with half a character in its subject',
      'invalid',
      '/data/subject/id',
      {},
      { context: {}, subject: { id: '\ud800' } },
    ],
    [
      'with an endless chain id',
      'invalid',
      '/data/context/chainId',
      {},
      { ...data, context: { chainId: 'x'.repeat(501) } },
    ],
    ['without data', 'invalid', '/data', {}, null],
    ['without a subject', 'invalid', '/data/subject', {}, { context: {} }],
    ['with an empty subject', 'invalid', '/data/subject/id', {}, { context: {}, subject: { id: '' } }],
    ['of data that is no JSON', 'invalid', '/datacontenttype', { datacontenttype: 'text/xml' }],
    ['with an attribute in capitals', 'invalid', '', { chainId: 'rel_1' }],
    ['with data in base64', 'invalid', '', { data_base64: 'e30=' }],
  ])('%s is refused: %s at %s', (_what, code, pointer, more, document = data) => {
    expect(refusalOf(read(more, document))).toMatchObject({ code, pointer, message: expect.any(String) });
  });

  it('is told of in words that can be kept, however it came', () => {
    const name = `a\0${'b'.repeat(100_000)}`;
    const { message = '' } = refusalOf(read({ [name]: 'x' })) ?? {};
    expect(isStorable(message) && message.length <= 500).toBe(true);
    const value = Buffer.from(JSON.stringify({ [name]: {} }));
    const headers = { 'content-type': 'application/cloudevents+json' };
    const decoded = decodeEvent({ topic, partition: 0, offset: 1, key: null, headers, value }, () => true, [argo]);
    const told = decoded.kind === 'refused' ? decoded.refusal.message : '\0';
    expect(isStorable(told) && told.length <= 500).toBe(true);
  });

  it('has fifty attributes at most, beside the two that are put to them on the way', () => {
    const own = Object.keys(attributes).length;
    const many = (count: number) => Object.fromEntries(Array.from({ length: count - own }, (_, n) => [`x${n}`, 'y']));
    const onTheWay = { datacontenttype: 'application/json', traceparent: 'x' };
    expect(read({ ...many(50), ...onTheWay })).toMatchObject({ kind: 'event' });
    expect(refusalOf(read(many(51)))).toMatchObject({ code: 'invalid' });
  });

  it('of more links than anybody follows is refused', () => {
    const links = Array.from({ length: 101 }, () => ({ linkType: 'PATH', from: { contextId: 'a' } }));
    const found = refusalOf(read({}, { ...data, context: { links } }));
    expect(found).toMatchObject({ code: 'invalid', pointer: '/data/context/links' });
    expect(read({}, { ...data, context: { links: links.slice(1) } })).toMatchObject({ kind: 'event' });
  });

  it('that is deeper than anybody could write again is refused', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`) as unknown;
    expect(refusalOf(read({}, { ...data, customData: deep }))).toMatchObject({ code: 'invalid', pointer: '/data' });
  });
});

describe('a record on a topic for events from outside', () => {
  const record = (more: Partial<IncomingRecord>): IncomingRecord => ({
    topic,
    partition: 0,
    offset: 5,
    key: 'k',
    headers: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce_${name}`, value])),
    value: Buffer.from(JSON.stringify(data)),
    ...more,
  });
  const decode = (more: Partial<IncomingRecord>) => decodeEvent(record(more), () => true, [argo]);
  const structured = { 'content-type': 'application/cloudevents+json; charset=utf-8' };

  it('is the same event in both modes, and as it came over REST', () => {
    const binary = decode({});
    const value = Buffer.from(JSON.stringify({ ...attributes, data }));
    const rest = read();
    expect(binary).toMatchObject({ kind: 'event', identity: rest.kind === 'event' && rest.event.identity });
    expect(decode({ headers: structured, value })).toEqual(binary);
  });

  it.each<[string, Partial<IncomingRecord>, string]>([
    ['no JSON', { value: Buffer.from('{') }, 'malformed'],
    ['no event', { headers: structured, value: Buffer.from('[]') }, 'malformed'],
    ['an id that is a number', { headers: structured, value: Buffer.from('{"id":9007199254740993}') }, 'malformed'],
    ['bytes that are not UTF-8', { value: Buffer.from([0x22, 0xe4, 0x22]) }, 'malformed'],
    ['more than an outbox holds', { value: Buffer.alloc(900_000, ' ') }, 'too_large'],
    ['an attribute that is an object', { headers: structured, value: Buffer.from('{"id":{}}') }, 'malformed'],
    ['no attributes', { headers: {} }, 'invalid'],
    ['XML by its header', { headers: { ...record({}).headers, 'content-type': 'text/xml' } }, 'invalid'],
  ])('with %s is refused by its place in the topic', (_what, more, code) => {
    const refused = decode(more);
    expect(refused).toMatchObject({ kind: 'refused', refusal: { code } });
    const next = decode({ ...more, offset: 6 });
    expect(next.kind === 'refused' && refused.kind === 'refused' && next.identity !== refused.identity).toBe(true);
  });

  it('is nothing to us when its source is no longer declared', () => {
    expect(decodeEvent(record({}), () => true, [])).toEqual({ kind: 'skipped' });
  });
});
