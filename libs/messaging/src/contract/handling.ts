import { expect, it } from '@jest/globals';
import { DomainError, topics } from '@signalbox/domain';
import { eventually } from '@signalbox/testing';
import type { Harness } from './harness.js';
import { countUp, counted, effectsOf, noteEffects } from './probe.js';
import type { Probe } from './probe.js';

async function writerAndReader(harness: Harness): Promise<[Probe, Probe]> {
  return [await harness.probe('writer'), await harness.probe('reader')];
}

async function publish(writer: Probe, id: string, times = 1): Promise<void> {
  await writer.counters.createOnce({ id, value: 0 }, []);
  for (let time = 0; time < times; time += 1) await writer.counters.change(id, (counter) => countUp(counter));
}

const received = (reader: Probe, count: number) =>
  eventually(async () => (await effectsOf(reader)).length >= count, { what: `${count} effects`, withinMs: 20_000 });

export function handling(harness: () => Harness): void {
  it('a record delivered twice has one effect', async () => {
    const [writer, reader] = await writerAndReader(harness());
    noteEffects(reader, counted);
    await writer.broker.start();
    await publish(writer, 'a', 3);
    const rows = await writer.database.query<{
      topic: string;
      key: string;
      headers: Record<string, string>;
      payload: string;
    }>('SELECT * FROM outbox ORDER BY id');
    const records = rows.map((row) => ({ ...row, value: row.payload }));
    await writer.broker.sendBatch(records);
    await writer.broker.sendBatch(records);
    await reader.messaging.start();
    await writer.messaging.start();

    await publish(writer, 'a');
    await eventually(async () => (await effectsOf(reader)).some((effect) => effect.value === 4), { what: 'the last' });
    expect((await effectsOf(reader)).map((effect) => effect.value)).toEqual([1, 2, 3, 4]);
  });

  it('a service that stops in the middle has stored how far it has read: its successor gets the rest, and nothing again', async () => {
    const events = 400;
    const [writer, reader] = await writerAndReader(harness());
    noteEffects(reader, counted);
    await Promise.all([writer.messaging.start(), reader.messaging.start()]);
    const publishing = publish(writer, 'a', events);
    await received(reader, events / 4);
    await reader.messaging.stop();
    await publishing;

    const applied = (await effectsOf(reader)).length;
    let given = 0;
    const successor = await writer.broker.subscribe({
      group: 'signalbox-reader',
      topics: [topics.planning],
      onBatch: async ({ records }) => {
        given += records.length;
      },
    });
    await eventually(() => applied + given >= events, { what: 'the rest', withinMs: 20_000 });
    await successor.stop();
    expect({ applied, given }).toEqual({ applied, given: events - applied });
  });

  it('a failing key is parked with all that follows it, in order, while other keys flow', async () => {
    const [writer, reader] = await writerAndReader(harness());
    let broken = true;
    let calls = 0;
    reader.messaging.on(counted, async (event, tx) => {
      await tx.query(
        `INSERT INTO effect (type, key, agg_id, agg_version, note) VALUES ('try', '', '', 0, 'half done')`,
      );
      if (event.subject !== 'bad' || !broken) return;
      calls += 1;
      throw new TypeError('cannot read properties of undefined');
    });
    noteEffects(reader, counted);
    await Promise.all([writer.messaging.start(), reader.messaging.start()]);
    await publish(writer, 'bad', 3);
    await publish(writer, 'good', 3);
    const good = async () => (await effectsOf(reader)).filter((effect) => effect.agg_id === 'good');
    await eventually(async () => (await good()).length === 3, { what: 'the good key flows' });

    const [parked] = await eventually(
      async () => {
        const list = await reader.messaging.parked.list();
        return list[0]?.events === 3 && list;
      },
      { what: 'three events are parked' },
    );
    expect(parked).toMatchObject({ key: 'bad', state: 'parked', error: expect.stringContaining('cannot read') });
    expect(calls).toBeGreaterThanOrEqual(3);
    const halves = (await effectsOf(reader)).filter((effect) => effect.type === 'try');
    expect(halves).toHaveLength(3);

    broken = false;
    await publish(writer, 'bad');
    await eventually(async () => (await reader.messaging.parked.list())[0]?.events === 4, {
      what: 'the fourth waits too',
    });
    await reader.messaging.parked.redrive({ topic: parked?.topic ?? '', key: 'bad' }, 'an operator');
    const bad = async () => (await effectsOf(reader)).filter((effect) => effect.agg_id === 'bad');
    await eventually(async () => (await bad()).length === 4, { what: 'the bad key has followed' });
    expect((await bad()).map((effect) => effect.value)).toEqual([1, 2, 3, 4]);
    expect(await reader.messaging.parked.list()).toEqual([]);
  });

  it('a parked event can be skipped, and the rest follows', async () => {
    const [writer, reader] = await writerAndReader(harness());
    reader.messaging.on(counted, async (event) => {
      if (event.content.value === 1) throw new Error('never this one');
    });
    noteEffects(reader, counted);
    await Promise.all([writer.messaging.start(), reader.messaging.start()]);
    await publish(writer, 'a', 3);
    const [parked] = await eventually(
      async () => {
        const list = await reader.messaging.parked.list();
        return list[0]?.events === 3 && list;
      },
      { what: 'three events are parked' },
    );
    const { topic = '', key = '', eventId, fingerprint = '' } = parked ?? {};
    const events = await reader.messaging.parked.show(topic, key);
    expect(events.map((event) => event.eventId)).toEqual([eventId, expect.anything(), expect.anything()]);
    await reader.messaging.parked.skip({ fingerprint: fingerprint ?? '' }, 'an operator', 'of no use');
    await received(reader, 2);
    expect((await effectsOf(reader)).map((effect) => effect.value)).toEqual([2, 3]);
  });

  it('only the event that was seen at the head is skipped; who dropped what, and why, stays', async () => {
    const [writer, reader] = await writerAndReader(harness());
    let harmless = 0;
    reader.messaging.on(counted, async (event) => {
      if ((event.content.value ?? 0) > harmless) throw new Error('not yet');
    });
    noteEffects(reader, counted);
    await Promise.all([writer.messaging.start(), reader.messaging.start()]);
    await publish(writer, 'a', 3);
    const head = (count: number) =>
      eventually(
        async () => {
          const [parked] = await reader.messaging.parked.list();
          return parked?.events === count && parked.state === 'parked' && parked;
        },
        { what: `${count} events are parked` },
      );
    const { topic, key, eventId: first } = await head(3);
    // Somebody mends the first meanwhile: the second is at the head by the time the wish to drop the first arrives.
    harmless = 1;
    await reader.messaging.parked.redrive({ topic, key }, 'a colleague');
    const { eventId: second } = await head(2);
    const { parked } = reader.messaging;
    const wish = { topic, key, eventId: first ?? '' };
    await expect(parked.skip(wish, 'an operator', 'of no use')).rejects.toMatchObject({ code: 'conflict' });
    expect((await parked.list())[0]).toMatchObject({ events: 2, state: 'parked' });
    harmless = 3;
    expect(await parked.skip({ ...wish, eventId: second ?? '' }, 'an operator', 'of no use')).toEqual([second]);
    await received(reader, 2);
    expect((await effectsOf(reader)).map((effect) => effect.value)).toEqual([1, 3]);
    expect(await parked.actions()).toMatchObject([
      { action: 'skip', by: 'an operator', reason: 'of no use', keys: 1, dropped: [{ topic, key, eventId: second }] },
      { action: 'redrive', by: 'a colleague', reason: null, selection: { topic, key }, keys: 1, dropped: [] },
    ]);
  });

  it('what is not found yet is tried again by itself', async () => {
    const [writer, reader] = await writerAndReader(harness());
    reader.messaging.on(counted, async (event) => void (await reader.counters.get(event.subject)));
    noteEffects(reader, counted);
    await Promise.all([writer.messaging.start(), reader.messaging.start()]);
    await publish(writer, 'late', 2);
    await eventually(async () => (await reader.messaging.status()).retryingKeys === 1, { what: 'the key is retrying' });
    await reader.counters.create({ id: 'late', value: 0 }, []);
    await received(reader, 2);
    expect((await effectsOf(reader)).map((effect) => effect.value)).toEqual([1, 2]);
  });

  it('a refusal by the domain is an answer: nothing of it stays, and the next event follows', async () => {
    const [writer, reader] = await writerAndReader(harness());
    noteEffects(reader, counted);
    reader.messaging.on(counted, async (event) => {
      if (event.content.value === 1) throw new DomainError('conflict', 'too late');
    });
    await Promise.all([writer.messaging.start(), reader.messaging.start()]);
    await publish(writer, 'a', 2);
    await received(reader, 1);
    expect((await effectsOf(reader)).map((effect) => effect.value)).toEqual([2]);
    expect(await reader.messaging.parked.list()).toEqual([]);
  });

  it('trouble with the database is not held against the event', async () => {
    const [writer, reader] = await writerAndReader(harness());
    let failures = 4;
    reader.messaging.on(counted, async () => {
      if (failures === 0) return;
      failures -= 1;
      throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
    });
    noteEffects(reader, counted);
    await Promise.all([writer.messaging.start(), reader.messaging.start()]);
    await publish(writer, 'a', 2);
    await received(reader, 2);
    expect(failures).toBe(0);
    expect((await effectsOf(reader)).map((effect) => effect.value)).toEqual([1, 2]);
    expect(await reader.messaging.parked.list()).toEqual([]);
  });
}
