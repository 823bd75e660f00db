import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createLogger } from '@signalbox/chassis';
import type { Transactions } from '@signalbox/messaging';
import { Database } from '@signalbox/persistence';
import { eventually, startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { ActivityStore } from './activity/activity.store.js';
import { EventSourceStore } from './event-source/event-source.store.js';
import { migrations } from './migrations/index.js';
import { Purge } from './purge.js';
import type { Purgeable } from './purge.js';

let postgres: TestPostgres;
let database: Database;

beforeAll(async () => {
  postgres = await startPostgres();
  database = await Database.open({ url: await postgres.url('purge'), name: 'purge', migrations });
});
afterAll(async () => {
  await database?.close();
  await postgres?.stop();
});

/** Rows that came so many days ago. */
async function received(count: number, days: number): Promise<void> {
  const ago = `now() - interval '${days} days' FROM generate_series(1, ${count})`;
  await database.query(
    `INSERT INTO activity (seq, event_id, type, source, subject, topic, at, content, received_at)
     SELECT nextval('activity_seq'), gen_random_uuid(), 'type', 'source', 'subject', 'topic', now(), '{}', ${ago}`,
  );
  await database.query(`INSERT INTO inbound_event (identity, received_at) SELECT gen_random_uuid(), ${ago}`);
}

async function left(table: string): Promise<number> {
  const [row] = await database.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
  return row?.count ?? 0;
}

it('all that is too old goes, some rows a transaction, and the rest stays', async () => {
  await received(25, 401);
  await received(3, 1);
  const portions: number[] = [];
  let transactions = 0;
  const counted: Transactions = {
    run: (work) => {
      transactions += 1;
      return database.transactions.run(work);
    },
  };
  const noted = (store: Purgeable): Purgeable => ({
    purge: async (tx, atMost) => {
      const count = await store.purge(tx, atMost);
      portions.push(count);
      return count;
    },
  });
  const stores = [noted(new ActivityStore()), noted(new EventSourceStore())];
  const purge = new Purge(counted, createLogger('test', 'silent'), stores, 10);
  purge.onApplicationBootstrap();
  try {
    const rest = async () => [await left('activity'), await left('inbound_event')].join();
    await eventually(async () => (await rest()) === '3,3', { what: 'only what is young is left' });
    expect(portions).toEqual([10, 10, 5, 10, 10, 5]);
    expect(transactions).toBe(6);
  } finally {
    purge.onApplicationShutdown();
  }
});
