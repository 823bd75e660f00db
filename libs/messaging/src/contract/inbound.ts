import { expect, it } from '@jest/globals';
import { inboundTopic, testSuiteRunFinished } from '@signalbox/domain';
import type { ReceivedEvent } from '@signalbox/domain';
import type { InboundReport } from '@signalbox/messaging';
import { eventually } from '@signalbox/testing';
import type { Harness } from './harness.js';
import type { Probe } from './probe.js';

const argo = { name: 'argo', prefix: '/argo' };
const topic = inboundTopic(argo);
const key = 'rel_1';

const attributes = (id: string, source = '/argo/prod') => ({
  specversion: '1.0',
  id,
  source,
  type: 'dev.cdevents.service.published.0.2.0',
  time: '2026-11-26T10:00:00Z',
});
const data = { context: {}, subject: { id: 'shop', content: {} } };

function binary(id: string, source?: string) {
  const headers = Object.entries(attributes(id, source)).map(([name, value]) => [`ce_${name}`, value] as const);
  return { topic, key, headers: Object.fromEntries(headers), value: JSON.stringify(data) };
}

const structuredMode = { 'content-type': 'application/cloudevents+json' };

function structured(id: string) {
  return { topic, key, headers: structuredMode, value: JSON.stringify({ ...attributes(id), data }) };
}

async function listening(harness: Harness): Promise<{ reader: Probe; heard: ReceivedEvent[]; told: InboundReport[] }> {
  const reader = await harness.probe('reader', [argo]);
  const heard: ReceivedEvent[] = [];
  const told: InboundReport[] = [];
  reader.messaging.onAny(async (event) => void heard.push(event));
  reader.messaging.onInbound(async (report) => void told.push(report));
  return { reader, heard, told };
}

export function inbound(harness: () => Harness): void {
  it('an event from outside is heard once in whichever mode; what is wrong is refused and holds nothing up', async () => {
    const outside = await harness().probe('outside', [argo]);
    const { reader, heard, told } = await listening(harness());
    await Promise.all([outside.broker.start(), reader.messaging.start()]);
    await outside.broker.sendBatch([
      binary('a'),
      structured('b'),
      { topic, key, headers: {}, value: Buffer.from([0xff, 0x00, 0xfe, 0x7b]) },
      structured('a'),
      { ...binary('c'), value: JSON.stringify({ context: {} }) },
      { topic, key, headers: structuredMode, value: JSON.stringify({ ...attributes('g'), ['a\0b']: 'x', data }) },
      binary('d', '/jenkins'),
      binary('b'),
      binary('e'),
    ]);
    await outside.broker.sendBatch([binary('a'), binary('f')]);
    await eventually(() => heard.some(({ id }) => id === 'f'), { what: 'the last is heard', withinMs: 20_000 });

    expect(heard.map(({ id }) => id)).toEqual(['a', 'b', 'e', 'f']);
    expect(await reader.messaging.parked.list()).toEqual([]);
    const sum = (of: (report: InboundReport) => number) => told.reduce((total, report) => total + of(report), 0);
    expect([sum(({ accepted }) => accepted), sum(({ duplicates }) => duplicates)]).toEqual([4, 3]);
    const refusals = told.flatMap(({ refused }) => refused.map(({ code, id }) => [code, id]));
    expect(refusals).toEqual([
      ['malformed', undefined],
      ['invalid', 'c'],
      ['invalid', 'g'],
      ['forged_source', 'd'],
    ]);
  });

  it('of a type that a service of ours has too, only who asks for it from outside hears it', async () => {
    const outside = await harness().probe('outside', [argo]);
    const { reader, heard } = await listening(harness());
    const [ours, theirs]: [string[], string[]] = [[], []];
    reader.messaging.on(testSuiteRunFinished, async ({ id }) => void ours.push(id));
    reader.messaging.onOutside(testSuiteRunFinished, async ({ id }) => void theirs.push(id));
    await Promise.all([outside.broker.start(), reader.messaging.start()]);
    const content = { environment: { id: 'staging' }, outcome: 'success' };
    const value = JSON.stringify({ context: {}, subject: { id: 's', content } });
    const headers = { ...binary('a').headers, ce_type: testSuiteRunFinished.type };
    await outside.broker.sendBatch([{ topic, key, headers, value }, binary('b')]);
    await eventually(() => heard.length === 2, { what: 'both are heard', withinMs: 20_000 });
    expect({ ours, theirs }).toEqual({ ours: [], theirs: ['a'] });
  });

  it('a handler that fails parks an event from outside as any other, and it is heard again', async () => {
    const outside = await harness().probe('outside', [argo]);
    const { reader, heard } = await listening(harness());
    let broken = true;
    reader.messaging.onAny(async () => {
      if (broken) throw new TypeError('out of order');
    });
    await Promise.all([outside.broker.start(), reader.messaging.start()]);
    await outside.broker.sendBatch([binary('a'), binary('b')]);
    await eventually(async () => (await reader.messaging.parked.list())[0]?.events === 2, { what: 'both are parked' });
    broken = false;
    heard.length = 0;
    await reader.messaging.parked.redrive({ topic, key }, 'an operator');
    await eventually(() => heard.length === 2, { what: 'both are heard' });
    expect(heard.map(({ id }) => id)).toEqual(['a', 'b']);
  });
}
