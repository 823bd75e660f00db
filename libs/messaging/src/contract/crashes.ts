import { expect, it } from '@jest/globals';
import { eventually } from '@signalbox/testing';
import type { CrashPoint } from '@signalbox/messaging';
import type { Harness } from './harness.js';
import { counted, countUp, echoed, effectsOf, noteEffects } from './probe.js';

const whileSending: CrashPoint[] = ['before-send', 'after-send', 'before-delete'];
const whileHandling: CrashPoint[] = ['after-effect', 'before-commit', 'after-commit'];

export function crashes(harness: () => Harness): void {
  it.each(whileSending)('a process that dies %s loses and doubles nothing', async (crashAt) => {
    const reader = await harness().probe('reader');
    noteEffects(reader, counted);
    await reader.messaging.start();
    const job = { role: 'count', counters: 3, upTo: 5 };
    const dying = await harness().child('writer', { ...job, crashAt });
    await dying.ended;
    await harness().child('writer', job);
    await eventually(async () => (await effectsOf(reader)).length >= 15, { what: 'all effects', withinMs: 30_000 });
    await eventually(async () => (await reader.messaging.status()).lag === 0, { what: 'nothing is left to read' });
    expectEachInOrder(await effectsOf(reader), 3, 5);
  });

  it.each(whileHandling)('a consumer that dies %s has each effect once', async (crashAt) => {
    const writer = await harness().child('writer', { role: 'count', counters: 3, upTo: 5 });
    const dying = await harness().child('reader', { role: 'idle', crashAt });
    await dying.ended;
    const reader = await harness().probe('reader');
    noteEffects(reader, counted);
    await reader.messaging.start();
    await eventually(async () => (await effectsOf(reader)).length >= 15, { what: 'all effects', withinMs: 30_000 });
    await eventually(async () => (await reader.messaging.status()).lag === 0, { what: 'nothing is left to read' });
    expectEachInOrder(await effectsOf(reader), 3, 5);
    await writer.kill();
  });

  it('when the process that sends the outbox dies, another takes over within ten seconds', async () => {
    const reader = await harness().probe('reader');
    noteEffects(reader, counted);
    const standBy = await harness().probe('writer');
    const owner = await harness().child('writer', { role: 'count', counters: 2, upTo: 3 });
    await reader.messaging.start();
    await eventually(async () => (await effectsOf(reader)).length === 6, { what: 'the owner sends', withinMs: 20_000 });
    await standBy.messaging.start();
    // What stands by writes, and what owns sends: it has had its turn to take over, and did not.
    await standBy.counters.change('counter-0', (counter) => countUp(counter));
    await eventually(async () => (await effectsOf(reader)).length === 7, { what: 'the owner sends for both' });
    expect((await standBy.messaging.status()).sendsOutbox).toBe(false);

    await owner.kill();
    await standBy.counters.change('counter-0', (counter) => countUp(counter));
    await eventually(async () => (await effectsOf(reader)).length === 8, {
      what: 'another owner to send',
      withinMs: 10_000,
    });
    expect((await standBy.messaging.status()).sendsOutbox).toBe(true);
  });

  it('replicas of a service share the partitions, and one goes on alone when the other dies', async () => {
    await harness().child('reader', { role: 'idle' });
    const reader = await harness().probe('reader');
    noteEffects(reader, counted);
    await reader.messaging.start();
    const other = await harness().child('reader', { role: 'idle' });
    await harness().child('writer', { role: 'count', counters: 20, upTo: 10 });
    await eventually(async () => (await effectsOf(reader)).length > 20, { what: 'some effects', withinMs: 30_000 });
    await other.kill();
    await eventually(async () => (await effectsOf(reader)).length >= 200, { what: 'all effects', withinMs: 30_000 });
    expectEachInOrder(await effectsOf(reader), 20, 10);
  });
}

/** Every counter has had each of its numbers once, in order: nothing lost, doubled or out of place. */
export function expectEachInOrder(
  effects: readonly { agg_id: string; agg_version: number; type: string }[],
  counters: number,
  upTo: number,
): void {
  const wrong: string[] = [];
  const byCounter = Map.groupBy(effects, (effect) => effect.agg_id);
  const all = Array.from({ length: upTo }, (_, index) => index + 1).join();
  for (const [id, ofCounter] of byCounter) {
    const versions = ofCounter.map((effect) => effect.agg_version).join();
    if (versions !== all) wrong.push(`${id}: ${versions}`);
  }
  expect(wrong).toEqual([]);
  expect(byCounter.size).toBe(counters);
  expect(effects.every((effect) => effect.type === counted.type || effect.type === echoed.type)).toBe(true);
}
