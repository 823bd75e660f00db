import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { stageBlocked, topics } from '@signalbox/domain';
import { eventually } from '@signalbox/testing';
import { lasting, promise } from './fault.js';
import type { Fault } from './fault.js';
import { source } from './message-faults.js';
import type { World } from './world.js';

/** What goes on coming while executors take their time over each event; what has waited must go three times as fast. */
const inputPerSecond = 250;
const drainsTimes = 3;
const sleepsForMs = 15_000;
const aggregates = 100;
/** It must get on; how fast, is counted. */
const getsOnWithinMs = 30_000;
const lookEveryMs = 100;
const risesEveryMs = 200;

/**
 * A thousand events a second of its duration wait at once, more of them come all the time, and every executor sleeps over
 * each: first the outbox must be emptied, then what waits for the executors, both faster than the input.
 */
const overload: Fault = {
  name: 'a full outbox',
  // With many more, requests would wait behind them for longer than planning waits for who does a stage (120 s).
  seconds: { brief: 5, full: 60 },
  async run({ world }, ms) {
    const flood = new Flood(world);
    let sent = 0;
    writeFileSync(world.sleepFile, '');
    try {
      await flood.rise(Math.round(ms));
      const began = performance.now();
      const emptied = async () => {
        // What goes on coming is always on its way.
        await flood.falls(() => flood.unsent(), inputPerSecond);
        return flood.rateSince(began, await flood.unsent());
      };
      [sent] = await Promise.all([emptied(), flood.goOn(Math.min(ms, sleepsForMs), inputPerSecond)]);
    } finally {
      rmSync(world.sleepFile, { force: true });
    }
    const [awoke, waited] = [performance.now(), await flood.unheard()];
    promise(waited > inputPerSecond, `only ${waited} events waited for executors that slept`);
    await flood.falls(() => flood.unheard(), 0);
    const heard = (waited * 1_000) / (performance.now() - awoke);
    const least = drainsTimes * inputPerSecond;
    promise(sent >= least, `the outbox sent ${Math.round(sent)} events/s, ${inputPerSecond} came`);
    promise(heard >= least, `executors went on with ${Math.round(heard)} events/s, ${inputPerSecond} came`);
  },
};

/** Events of a known type, which every reader has a handler for, of a hundred aggregates. */
class Flood {
  private readonly run = randomUUID();
  private risen = 0;

  constructor(private readonly world: World) {}

  /** So many more wait, written at once. */
  async rise(count: number): Promise<void> {
    const payload = JSON.stringify({ context: {}, subject: { id: this.run, content: blocked(this.run) } });
    await this.world.database('planning').query(
      `INSERT INTO outbox (event_id, topic, key, agg_version, type, headers, payload)
       SELECT id, $1, aggregate, version, $2, jsonb_build_object('ce_specversion', '1.0', 'ce_id', id, 'ce_source', $3::text,
           'ce_type', $2::text, 'ce_subject', aggregate, 'ce_time', now(), 'content-type', 'application/json',
           'ce_aggid', aggregate, 'ce_aggversion', version::text), $4
       FROM (SELECT gen_random_uuid() AS id, $5 || '-' || number % $8::int AS aggregate, number / $8::int + 1 AS version
         FROM generate_series($6::int, $7::int) AS number ORDER BY number) AS event`,
      [topics.planning, stageBlocked.type, source, payload, this.run, this.risen, this.risen + count - 1, aggregates],
    );
    this.risen += count;
  }

  /** For so long as many in each second. */
  async goOn(ms: number, perSecond: number): Promise<void> {
    const until = performance.now() + ms;
    while (performance.now() < until) {
      await this.rise((perSecond * risesEveryMs) / 1_000);
      await lasting(risesEveryMs);
    }
  }

  unsent(): Promise<number> {
    return this.count('planning', 'SELECT count(*)::int FROM outbox WHERE key LIKE $1');
  }

  async unheard(): Promise<number> {
    return this.risen - (await this.count('executors', 'SELECT count(*)::int FROM note WHERE agg_id LIKE $1'));
  }

  /** Events a second that do not wait any more, of all that have risen. */
  rateSince(began: number, left: number): number {
    return ((this.risen - left) * 1_000) / (performance.now() - began);
  }

  /** Resolves when no more than so many wait. */
  async falls(waiting: () => Promise<number>, enough: number): Promise<void> {
    for (let left = await waiting(); left > enough;) {
      const fewer = async () => {
        const now = await waiting();
        return now < left && { now };
      };
      const what = `fewer than ${left} events to wait`;
      ({ now: left } = await eventually(fewer, { withinMs: getsOnWithinMs, everyMs: lookEveryMs, what }));
    }
  }

  private async count(service: string, sql: string): Promise<number> {
    const rows = await this.world.database(service).query<{ count: number }>(sql, [`${this.run}-%`]);
    return rows[0]?.count ?? 0;
  }
}

const blocked = (releaseId: string) => ({
  releaseId,
  application: 'flood',
  version: '1.0.0',
  stage: 'build',
  attempt: 1,
  blockers: [],
});

export const overloadFaults: readonly Fault[] = [overload];
