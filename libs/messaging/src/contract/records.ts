import { expect, it } from '@jest/globals';
import { topics } from '@signalbox/domain';
import { eventually } from '@signalbox/testing';
import type { Harness } from './harness.js';
import { countUp, counted, effectsOf, noteEffects } from './probe.js';

const envelope = (type: string, id: string) => ({
  ce_specversion: '1.0',
  ce_id: id,
  ce_source: '/elsewhere',
  ce_type: type,
  ce_time: '2026-11-23T10:00:00Z',
  'content-type': 'application/json',
});
const said = (content: object) => JSON.stringify({ context: {}, subject: { id: 'a', content } });
const body = (value: unknown) => said({ value });

export function records(harness: () => Harness): void {
  it('garbage is parked as it came, unknown types are passed over, tombstones are nothing, other keys flow', async () => {
    const writer = await harness().probe('writer');
    const reader = await harness().probe('reader');
    noteEffects(reader, counted);
    await Promise.all([writer.messaging.start(), reader.messaging.start()]);
    const garbage = Buffer.from([0xff, 0x00, 0xfe, 0x7b]);
    const topic = topics.planning;
    await writer.broker.sendBatch([
      { topic, key: 'garbage', headers: {}, value: garbage },
      { topic, key: 'wrong', headers: envelope(counted.type, 'x1'), value: body('not a number') },
      { topic, key: 'unknown', headers: envelope('dev.cdeventsx.other-thing.done.1.0.0', 'x2'), value: '{}' },
      { topic, key: 'gone', headers: {}, value: null },
    ]);
    await writer.counters.create({ id: 'fine', value: 1 }, countUp({ id: 'fine', value: 0 }).events);

    await eventually(async () => (await effectsOf(reader)).length === 1, { what: 'the good event is handled' });
    const parked = await eventually(
      async () => {
        const list = await reader.messaging.parked.list();
        return list.length === 2 && list;
      },
      { what: 'two keys are parked' },
    );
    expect(parked.map((key) => key.key).sort()).toEqual(['garbage', 'wrong']);
    const [event] = await reader.messaging.parked.show(topic, 'garbage');
    expect(event?.payload).toEqual(garbage);
    await eventually(async () => (await reader.messaging.status()).lag === 0, { what: 'nothing is left to read' });
  });

  it('a structured CloudEvent is read like a binary one, and fields nobody knows are ignored', async () => {
    const writer = await harness().probe('writer');
    const reader = await harness().probe('reader');
    noteEffects(reader, counted);
    await Promise.all([writer.messaging.start(), reader.messaging.start()]);
    await writer.broker.sendBatch([
      {
        topic: topics.planning,
        key: 'a',
        headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
        value: JSON.stringify({
          specversion: '1.0',
          id: '1',
          source: '/elsewhere',
          type: counted.type,
          time: '2026-11-23T10:00:00Z',
          data: { context: { later: true }, subject: { id: 'a', content: { value: 7, more: 'of it' } } },
        }),
      },
    ]);
    await eventually(async () => (await effectsOf(reader)).length === 1, { what: 'it is handled' });
    expect((await effectsOf(reader))[0]).toMatchObject({ agg_id: 'a', value: 7 });
  });

  it('whoever wants every event also gets those of unknown types, and what a later build says beside what is known', async () => {
    const writer = await harness().probe('writer');
    const reader = await harness().probe('reader');
    const seen: string[] = [];
    const contents: unknown[] = [];
    reader.messaging.onAny(async (event) => void seen.push(event.type));
    reader.messaging.onAnyTogether(async (events) => void contents.push(...events.map(({ content }) => content)));
    await Promise.all([writer.messaging.start(), reader.messaging.start()]);
    const more = { value: 1, more: { of: 'it' } };
    const unknown = 'dev.cdeventsx.other-thing.done.1.0.0';
    await writer.broker.sendBatch([
      { topic: topics.feedback, key: 'a', headers: envelope(unknown, 'x3'), value: body(1) },
      { topic: topics.feedback, key: 'a', headers: envelope(counted.type, 'x4'), value: said(more) },
    ]);
    await eventually(() => seen.length === 2, { what: 'both are seen' });
    expect(seen).toEqual([unknown, counted.type]);
    expect(contents[1]).toEqual(more);
  });
}
