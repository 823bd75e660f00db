import { expect, it } from '@jest/globals';
import type { ReceivedEvent } from '@signalbox/domain';
import type { Tx } from '@signalbox/messaging';
import { eventually } from '@signalbox/testing';
import type { Harness } from './harness.js';
import { countUp, effectsOf } from './probe.js';
import type { Probe } from './probe.js';

async function publish(writer: Probe, ...ids: string[]): Promise<void> {
  for (const id of ids) {
    await writer.counters.createOnce({ id, value: 0 }, []);
    await writer.counters.change(id, (counter) => countUp(counter));
  }
}

async function note(tx: Tx, events: readonly ReceivedEvent[]): Promise<void> {
  await tx.query(
    `INSERT INTO effect (type, key, agg_id, agg_version) SELECT 'noted', '', * FROM unnest($1::text[], $2::int[])`,
    [events.map(({ subject }) => subject), events.map(({ aggVersion }) => aggVersion)],
  );
}

export function together(harness: () => Harness): void {
  it('a handler of many is given a chunk in its order, each event once', async () => {
    const [writer, reader] = [await harness().probe('writer'), await harness().probe('reader')];
    const sizes: number[] = [];
    reader.messaging.onAnyTogether(async (events, tx) => {
      sizes.push(events.length);
      await note(tx, events);
    });
    // All of it lies in the log before anybody reads.
    await publish(writer, ...Array.from({ length: 20 }, () => 'a'));
    await writer.messaging.start();
    await eventually(async () => (await writer.messaging.status()).outboxRows === 0, { what: 'all is sent' });
    await reader.messaging.start();
    await eventually(async () => (await effectsOf(reader)).length === 20, { what: 'all are noted', withinMs: 20_000 });
    expect((await effectsOf(reader)).map((effect) => effect.agg_version)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    expect(Math.max(...sizes)).toBeGreaterThan(1);
  });

  it('of a chunk that fails only the culprit is parked, and nothing of the first try stays', async () => {
    const [writer, reader] = [await harness().probe('writer'), await harness().probe('reader')];
    reader.messaging.onAnyTogether(async (events, tx) => {
      await note(tx, events);
      if (events.some(({ subject }) => subject === 'bad')) throw new TypeError('cannot read properties of undefined');
    });
    await publish(writer, 'good', 'bad', 'good', 'fine', 'bad');
    await Promise.all([writer.messaging.start(), reader.messaging.start()]);
    await eventually(async () => (await reader.messaging.parked.list())[0]?.events === 2, {
      what: 'two events of one key are parked',
      withinMs: 20_000,
    });
    await eventually(async () => (await effectsOf(reader)).length === 3, { what: 'the others are noted' });
    expect((await effectsOf(reader)).map(({ agg_id }) => agg_id).sort()).toEqual(['fine', 'good', 'good']);
    expect((await reader.messaging.parked.list()).map((parked) => parked.key)).toEqual(['bad']);
  });
}
