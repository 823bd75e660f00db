import { expect, it } from '@jest/globals';
import { eventually } from '@signalbox/testing';
import type { Harness } from './harness.js';
import { effectsOf } from './probe.js';
import type { Counter } from './probe.js';

export function wakeUps(harness: () => Harness): void {
  it('three replicas fire each wake-up once, and none early', async () => {
    const replicas = await Promise.all([1, 2, 3].map(() => harness().probe('waiting')));
    const [first] = replicas;
    if (!first) throw new Error('unreachable');
    let fired = 0;
    for (const { counters, database, messaging } of replicas) {
      messaging.onWakeUp('counter', async (id) => {
        await counters.change(id, (counter, now) => {
          if (counter.dueAt === undefined) return { next: counter, events: [] };
          expect(now.getTime()).toBeGreaterThanOrEqual(Date.parse(counter.dueAt));
          const { dueAt: _, ...rest } = counter;
          return { next: { ...rest, looks: (counter.looks ?? 0) + 1 }, events: [] };
        });
        fired += 1;
        await database.query(
          `INSERT INTO effect (type, key, agg_id, agg_version) SELECT 'woken', '', $1, (state->>'looks')::int FROM counter WHERE id = $1`,
          [id],
        );
      });
    }
    await Promise.all(replicas.map((replica) => replica.messaging.start()));
    const [clock] = await first.database.query<{ now: Date }>('SELECT now() AS now');
    const begun = clock?.now.getTime() ?? 0;
    const ids = Array.from({ length: 100 }, (_, index) => `w${index}`);
    await Promise.all(
      ids.map((id, index) =>
        first.counters.create({ id, value: 0, dueAt: new Date(begun + 300 + index * 10).toISOString() }, []),
      ),
    );

    await eventually(async () => (await effectsOf(first)).length >= 100, { what: 'all have fired', withinMs: 20_000 });
    const effects = await effectsOf(first);
    expect(effects.map((effect) => effect.agg_id).sort()).toEqual([...ids].sort());
    expect(effects.every((effect) => effect.agg_version === 1)).toBe(true);
    expect(fired).toBe(100);
  });

  it('a change moves the wake-up, and a changed world brings it forward to now', async () => {
    const probe = await harness().probe('waiting');
    const far = new Date(Date.now() + 3_600_000).toISOString();
    const looked: string[] = [];
    probe.messaging.onWakeUp('counter', async (id) => {
      looked.push(id);
      await probe.counters.change(id, (counter: Counter) => ({ next: counter, events: [] }));
    });
    await probe.messaging.start();
    await probe.counters.create({ id: 'a', value: 0, dueAt: far }, []);
    await probe.counters.create({ id: 'b', value: 0, dueAt: far }, []);
    await probe.counters.change('b', (counter) => ({ next: { ...counter, dueAt: undefined }, events: [] }));
    await probe.counters.wakeUp(['a']);

    await eventually(() => looked.length === 1, { what: 'it has looked' });
    const waiting = await eventually(
      async () => {
        const rows = await probe.database.query<{ id: string; due_at: Date }>('SELECT id, due_at FROM wake_up');
        return rows[0]?.due_at.toISOString() === far && rows;
      },
      { what: 'the wake-up is back where it was' },
    );
    expect(waiting.map((row) => row.id)).toEqual(['a']);
    expect(looked).toEqual(['a']);
  });

  it('a wake-up whose handler fails is tried again and does not hold up the others', async () => {
    const probe = await harness().probe('waiting');
    const looked: string[] = [];
    probe.messaging.onWakeUp('counter', async (id) => {
      looked.push(id);
      if (id === 'bad') throw new TypeError('broken');
      await probe.counters.change(id, (counter) => ({ next: { ...counter, dueAt: undefined }, events: [] }));
    });
    await probe.messaging.start();
    const dueAt = new Date().toISOString();
    await probe.counters.create({ id: 'bad', value: 0, dueAt }, []);
    await probe.counters.create({ id: 'good', value: 0, dueAt }, []);
    const waiting = async () => {
      const rows = await probe.database.query<{ id: string }>('SELECT id FROM wake_up');
      return rows.map((row) => row.id).join();
    };
    await eventually(async () => (await waiting()) === 'bad', { what: 'the other to have fired for good' });
    await eventually(() => looked.filter((id) => id === 'bad').length >= 2, {
      what: 'the one that fails to be tried again',
      withinMs: 20_000,
    });
    expect(looked.filter((id) => id === 'good')).toEqual(['good']);
  });
}
