import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { Database } from '@signalbox/persistence';
import { eventually, startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { createLogger } from './logger.js';
import { ReconcileLoop, reconcileMigration } from './reconcile-loop.js';
import type { ReconcileOptions } from './reconcile-loop.js';

const logger = createLogger('test', 'silent');
let postgres: TestPostgres;
let database: Database;
const loops: ReconcileLoop[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  database = await Database.open({ url: await postgres.url('loops'), name: 'loops', migrations: [reconcileMigration] });
});
afterEach(async () => {
  await Promise.all(loops.splice(0).map((loop) => loop.stop()));
  await database.query('DELETE FROM reconcile_lease');
});
afterAll(async () => {
  await database?.close();
  await postgres?.stop();
});

function aLoop(options: Pick<ReconcileOptions, 'due' | 'reconcile'> & Partial<ReconcileOptions>): ReconcileLoop {
  const loop = new ReconcileLoop({ name: 'things', database, logger, idleMs: 5, ...options });
  loops.push(loop);
  loop.start();
  return loop;
}

const leases = () => database.query<{ id: string }>('SELECT id FROM reconcile_lease');
const seconds = (count: number) => new Promise<void>((resolve) => setTimeout(resolve, count * 1_000));

it('one aggregate is worked on by one loop at a time, however many loops there are', async () => {
  const rounds = { a: 0, b: 0 };
  const busy = new Set<string>();
  let overlaps = 0;
  const work = async (id: string) => {
    if (busy.has(id)) overlaps += 1;
    busy.add(id);
    await seconds(0.01);
    busy.delete(id);
    rounds[id as 'a' | 'b'] += 1;
  };
  const due = async () => Object.entries(rounds).flatMap(([id, count]) => (count < 15 ? [id] : []));
  for (let count = 0; count < 3; count += 1) aLoop({ due, reconcile: work });
  await eventually(() => rounds.a >= 15 && rounds.b >= 15, { what: 'thirty rounds' });
  expect(overlaps).toBe(0);
});

it('different aggregates are worked on side by side', async () => {
  const started = new Set<string>();
  aLoop({
    due: async () => ['slow', 'quick'],
    reconcile: async (id) => {
      started.add(id);
      await eventually(() => started.size === 2, { what: 'both run' });
    },
  });
  await eventually(() => started.size === 2, { what: 'the slow one keeps nobody waiting' });
});

it('what a dead loop held is taken over when its lease has run out, and not before', async () => {
  await database.query(
    `INSERT INTO reconcile_lease VALUES ('things', 'orphan', gen_random_uuid(), now() + interval '400 milliseconds')`,
  );
  const [before] = await database.query<{ until: Date }>('SELECT until FROM reconcile_lease');
  const taken: Date[] = [];
  aLoop({
    due: async () => (taken.length === 0 ? ['orphan'] : []),
    reconcile: async () => void taken.push(new Date()),
  });
  await eventually(() => taken.length > 0, { what: 'the lease is taken over' });
  expect(taken[0]?.getTime()).toBeGreaterThanOrEqual((before?.until.getTime() ?? 0) - 50);
});

it('work that takes longer than a lease keeps it', async () => {
  let [running, overlaps, done] = [0, 0, 0];
  const reconcile = async () => {
    running += 1;
    if (running > 1) overlaps += 1;
    await seconds(1);
    running -= 1;
    done += 1;
  };
  const due = async () => (done === 0 ? ['long'] : []);
  for (let count = 0; count < 2; count += 1) aLoop({ due, reconcile, leaseMs: 300 });
  await eventually(() => done > 0, { what: 'the work is done' });
  expect(overlaps).toBe(0);
});

it('a round that fails is tried again, and keeps no other from its turn', async () => {
  const tries: string[] = [];
  aLoop({
    due: async () => ['broken', 'fine'],
    reconcile: async (id) => {
      tries.push(id);
      if (id === 'broken') throw new Error('not yet');
    },
  });
  await eventually(() => tries.filter((id) => id === 'broken').length > 2 && tries.includes('fine'), { what: 'tries' });
});

it('more that stay due than there are places share them', async () => {
  const rounds = new Map(Array.from({ length: 10 }, (_, index) => [`thing-${index}`, 0]));
  aLoop({
    concurrency: 2,
    due: async () => [...rounds.keys()],
    reconcile: async (id) => void rounds.set(id, (rounds.get(id) ?? 0) + 1),
  });
  const counts = () => [...rounds.values()];
  await eventually(() => Math.min(...counts()) >= 5, { what: 'five rounds of each' });
  expect(Math.max(...counts()) - Math.min(...counts())).toBeLessThanOrEqual(2);
});

it('what stays due is looked at as often as without others, and what fails ever more seldom', async () => {
  const rounds = { broken: 0, fine: 0 };
  const due = async () => ['broken', 'fine'];
  const reconcile = async (id: string) => {
    rounds[id as 'broken' | 'fine'] += 1;
    if (id === 'broken') throw new Error('not yet');
  };
  const began = performance.now();
  aLoop({ concurrency: 1, idleMs: 40, due, reconcile });
  await eventually(() => rounds.fine >= 10, { what: 'ten rounds' });
  const turns = (performance.now() - began) / 40;
  expect(rounds.fine).toBeLessThanOrEqual(turns + 1);
  expect(rounds.broken).toBeLessThanOrEqual(Math.log2(turns) + 2);
});

it('a question that fails is asked again', async () => {
  let asked = 0;
  let worked = 0;
  aLoop({
    due: async () => {
      asked += 1;
      if (asked < 3) throw new Error('no database');
      return ['a'];
    },
    reconcile: async () => void (worked += 1),
  });
  await eventually(() => worked > 0, { what: 'work after failed questions' });
});

it('a poke is heard at once, also while a question is out', async () => {
  let asked = 0;
  let answer: () => void = () => undefined;
  const loop = aLoop({
    idleMs: 60_000,
    due: async () => {
      asked += 1;
      if (asked === 2) await new Promise<void>((resolve) => (answer = resolve));
      return [];
    },
    reconcile: async () => undefined,
  });
  await eventually(() => asked === 1, { what: 'the first question' });
  loop.poke();
  await eventually(() => asked === 2, { what: 'a question after the poke' });
  loop.poke();
  answer();
  await eventually(() => asked === 3, { what: 'a question after the poke meanwhile' });
});

it('a stop waits for what is in hand, begins nothing, and gives leases back', async () => {
  const events: string[] = [];
  const loop = aLoop({
    due: async () => ['a'],
    reconcile: async () => {
      events.push('begun');
      await seconds(0.1);
      events.push('done');
    },
  });
  await eventually(() => events.includes('begun'), { what: 'the work has begun' });
  await loop.stop();
  expect(events).toEqual(['begun', 'done']);
  expect(await leases()).toEqual([]);
});
