import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Database } from '@signalbox/persistence';
import { eventually, startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { Registry } from 'prom-client';
import { Metrics } from './metrics.js';
import type { Logger, Transactions } from './ports.js';
import { WakeUps } from './wake-ups.js';

const silent = () => undefined;
const logger: Logger = { debug: silent, info: silent, warn: silent, error: silent };

let postgres: TestPostgres;
let database: Database;

beforeAll(async () => {
  postgres = await startPostgres();
  database = await Database.open({ url: await postgres.url('waiting'), name: 'waiting', migrations: [] });
});
afterAll(async () => {
  await database?.close();
  await postgres?.stop();
});

/** Commits come by the hundred; of those that set nothing due soon the table is not asked. */
it('looks when a wake-up is due and once a second, not at every commit', async () => {
  let looks = 0;
  const counted: Transactions = {
    run: (work) => {
      looks += 1;
      return database.transactions.run(work);
    },
  };
  const wakeUps = new WakeUps({ transactions: counted, metrics: new Metrics(new Registry()), logger });
  wakeUps.on('counter', async () => undefined);
  wakeUps.start();
  try {
    await eventually(() => looks > 0, { what: 'a first look' });
    const [before, began] = [looks, performance.now()];
    for (let commit = 0; commit < 200; commit += 1) {
      await database.query('SELECT 1');
      wakeUps.set(60_000);
    }
    const seconds = (performance.now() - began) / 1_000;
    expect(looks - before).toBeLessThanOrEqual(Math.ceil(seconds) + 1);

    const idle = looks;
    await eventually(() => looks > idle, { what: 'the look of every second', everyMs: 5 });
    const quiet = looks;
    wakeUps.set(0);
    await eventually(() => looks > quiet, { what: 'a look at what is due', everyMs: 5, withinMs: 800 });
  } finally {
    await wakeUps.stop();
  }
});

it('misses none that is set while it looks', async () => {
  let looks = 0;
  const setting: Transactions = {
    run: async (work) => {
      looks += 1;
      const found = await database.transactions.run(work);
      if (looks === 1) wakeUps.set(0);
      return found;
    },
  };
  const wakeUps = new WakeUps({ transactions: setting, metrics: new Metrics(new Registry()), logger });
  wakeUps.on('counter', async () => undefined);
  wakeUps.start();
  try {
    await eventually(() => looks > 0, { what: 'a first look', everyMs: 5 });
    await eventually(() => looks > 1, { what: 'a look at what is due', everyMs: 5, withinMs: 800 });
  } finally {
    await wakeUps.stop();
  }
});

/** It is set five seconds ahead again and again: what is late does not show it. */
it('counts one whose handler fails, which is not late meanwhile', async () => {
  const metrics = new Metrics(new Registry());
  const wakeUps = new WakeUps({ transactions: database.transactions, metrics, logger });
  wakeUps.on('counter', () => Promise.reject(new TypeError('broken')));
  await database.query(`INSERT INTO wake_up (aggregate, id, due_at) VALUES ('counter', 'bad', now())`);
  const failures = async () => (await metrics.wakeUpFailures.get()).values;
  const late = () => database.query('SELECT id FROM wake_up WHERE due_at <= now()');
  wakeUps.start();
  try {
    await eventually(async () => (await failures()).length > 0, { what: 'the failure is counted' });
    await eventually(async () => (await late()).length === 0, { what: 'it is set anew' });
    expect(await failures()).toEqual([{ labels: { aggregate: 'counter' }, value: expect.any(Number) }]);
    expect((await metrics.wakeUps.get()).values).toEqual([]);
  } finally {
    await wakeUps.stop();
    await database.query('DELETE FROM wake_up');
  }
});
