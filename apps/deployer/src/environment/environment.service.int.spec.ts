import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Database } from '@signalbox/persistence';
import { startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { migrations } from '../migrations/index.js';
import { EnvironmentService } from './environment.service.js';
import { EnvironmentStore } from './environment.store.js';

let postgres: TestPostgres;
let database: Database;
beforeAll(async () => {
  postgres = await startPostgres();
  database = await Database.open({ url: await postgres.url('deployer'), name: 'deployer', migrations });
});
afterAll(async () => {
  await database?.close();
  await postgres?.stop();
});

it('an environment stays with the team that its application was handed to, whatever an older release asks for', async () => {
  const environments = new EnvironmentService(new EnvironmentStore(database, () => undefined));
  const now = new Date();
  const teamOf = async () => (await environments.get('shop', 'production')).state.team;
  await environments.reserve('shop', 'web', 'production', now);
  await environments.prepare('shop', 'core', ['production'], now);
  await environments.reserve('shop', 'web', 'production', now);
  expect(await teamOf()).toBe('core');
});
