import { expect, it } from '@jest/globals';
import { eventually, seededRandom } from '@signalbox/testing';
import { expectEachInOrder } from './crashes.js';
import type { Harness, Worker } from './harness.js';
import { effectsOf } from './probe.js';

const counters = 100;
const upTo = 100;
const kills = Number(process.env['CONTRACT_KILLS'] ?? 8);
const seed = Number(process.env['CONTRACT_SEED'] ?? Date.now() % 1_000_000);

/** Writer, echo and two readers, of which one after the other is killed at a random time and started again. */
export function randomKills(harness: () => Harness): void {
  it(`10,000 events under ${kills} kills: none lost, doubled or out of order (CONTRACT_SEED=${seed})`, async () => {
    const random = seededRandom(seed);
    const roles = [
      ['writer', { role: 'count', counters, upTo }],
      ['echo', { role: 'echo' }],
      ['reader', { role: 'note' }],
      ['reader', { role: 'note' }],
    ] as const;
    const workers: Worker[] = await Promise.all(roles.map(([service, job]) => harness().child(service, job)));
    for (let kill = 0; kill < kills; kill += 1) {
      await new Promise((resolve) => setTimeout(resolve, 200 + random() * 1_800));
      const victim = Math.floor(random() * roles.length);
      await workers[victim]?.kill();
      const [service, job] = roles[victim] ?? roles[0];
      workers[victim] = await harness().child(service, job);
    }
    const reader = await harness().probe('reader');
    const noted = async () => {
      const [row] = await reader.database.query<{ effects: number }>('SELECT count(*)::int AS effects FROM effect');
      return row?.effects ?? 0;
    };
    await eventually(async () => (await noted()) >= counters * upTo, { what: 'all effects', withinMs: 120_000 });
    await Promise.all(workers.map((worker) => worker.kill()));
    const effects = await effectsOf(reader);
    expect(effects).toHaveLength(counters * upTo);
    expectEachInOrder(effects, counters, upTo);
    expect(await reader.messaging.parked.list()).toEqual([]);
  }, 240_000);
}
