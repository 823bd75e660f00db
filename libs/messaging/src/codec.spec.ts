import { describe, expect, it } from '@jest/globals';
import { customEvent, draft, topics } from '@signalbox/domain';
import { z } from 'zod';
import { decodeEvent, encodeEvent } from './codec.js';
import type { IncomingRecord } from './ports.js';

const tested = customEvent(topics.test, 'codec.tested', z.object({ value: z.number() }));
const meta = {
  id: '019ab0c4-7a00-7000-8000-000000000001',
  source: '/signalbox/test',
  time: new Date('2026-11-23T10:00:00.000Z'),
  aggId: 'agg',
  aggVersion: 3,
  chainId: 'release-1',
  causationId: '019ab0c4-7a00-7000-8000-000000000000',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};
const encoded = encodeEvent(draft(tested, { subject: 's', content: { value: 1 } }), meta);
const record = (more: Partial<IncomingRecord>): IncomingRecord => ({
  topic: topics.test,
  partition: 0,
  offset: 5,
  key: 's',
  headers: encoded.headers,
  value: Buffer.from(encoded.payload),
  ...more,
});
const all = () => true;

describe('events on the wire', () => {
  it('a CDEvents document in a binary CloudEvent, each repeating the other', () => {
    const document = JSON.parse(encoded.payload) as { context: Record<string, unknown>; subject: { id: string } };
    expect(document.context).toMatchObject({
      specversion: '0.5.1',
      id: encoded.headers['ce_id'],
      type: encoded.headers['ce_type'],
      timestamp: encoded.headers['ce_time'],
      chainId: 'release-1',
      links: [{ linkType: 'PATH', from: { contextId: meta.causationId } }],
    });
    expect(document.subject.id).toBe(encoded.headers['ce_subject']);
    expect(encoded.headers).toMatchObject({ ce_aggid: 'agg', ce_aggversion: '3', 'content-type': 'application/json' });
  });

  it('what was written is what is read', () => {
    const decoded = decodeEvent(record({}), all);
    expect(decoded).toMatchObject({
      kind: 'event',
      identity: meta.id,
      traceparent: meta.traceparent,
      event: {
        id: meta.id,
        aggId: 'agg',
        aggVersion: 3,
        chainId: 'release-1',
        causationId: meta.causationId,
        time: meta.time,
      },
    });
  });

  it('customData of a type that we know must be ours', () => {
    const payload = { context: {}, subject: { id: 's', content: { value: 1 } }, customData: { theirs: true } };
    expect(decodeEvent(record({ value: Buffer.from(JSON.stringify(payload)) }), all)).toMatchObject({
      kind: 'malformed',
    });
  });

  it('a type nobody wants is not even parsed', () => {
    expect(decodeEvent(record({ value: Buffer.from('{') }), () => false)).toMatchObject({ kind: 'skipped' });
  });

  it.each([
    ['no attributes', { headers: {} }, 'type is missing'],
    ['no JSON', { value: Buffer.from('{') }, 'JSON'],
    ['wrong content', { value: Buffer.from('{"context":{},"subject":{"id":"s","content":{"value":"x"}}}') }, 'number'],
    ['no time', { headers: { ...encoded.headers, ce_time: 'noon' } }, 'time is not a time'],
  ])('%s is malformed, and says why', (_name, more, why) => {
    const decoded = decodeEvent(record(more), all);
    expect(decoded.kind === 'malformed' && decoded.why).toContain(why);
  });
});
