import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Database } from '@signalbox/persistence';
import { startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { migrations } from '../migrations/index.js';
import { newEnvironment } from './environment.js';
import { EnvironmentStore } from './environment.store.js';

const anHourAgo = new Date(Date.now() - 3_600_000);
let postgres: TestPostgres;
let database: Database;
let environments: EnvironmentStore;

beforeAll(async () => {
  postgres = await startPostgres();
  database = await Database.open({ url: await postgres.url('environments'), name: 'environments', migrations });
  environments = new EnvironmentStore(database, () => undefined);
  const settled = Array.from({ length: 300 }, (_, index) => anEnvironment(`settled-${index}`, 1));
  await Promise.all([...settled, anEnvironment('rolling', 1), anEnvironment('changed', 0)]);
  await database.query(
    `INSERT INTO deployment (id, version, event_seq, state, application, environment, team, release_id, status)
     VALUES ('dep_1', 1, 0, '{}', 'rolling', 'production', 'shop', 'rel_1', 'stepping'),
            ('dep_0', 1, 0, '{}', 'settled-0', 'production', 'shop', 'rel_0', 'ended')`,
  );
});
afterAll(async () => {
  await database?.close();
  await postgres?.stop();
});

/** Settled ones are late by an hour, others due now. */
async function anEnvironment(application: string, putGeneration: number): Promise<void> {
  const dueAt = application.startsWith('settled') ? anHourAgo : new Date();
  const state = newEnvironment(application, 'production', 'shop', dueAt);
  await environments.createOnce({ ...state, putGeneration }, []);
}

it('what has changed and what is rolled out is looked at whatever else is late, and is not late itself', async () => {
  expect((await environments.unsettled()).sort()).toEqual(['changed/production', 'rolling/production']);
  const late = await environments.overdue();
  expect(late).toHaveLength(100);
  expect(late.every((id) => id.startsWith('settled'))).toBe(true);
});
