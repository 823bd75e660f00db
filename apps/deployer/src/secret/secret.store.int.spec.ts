import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Database } from '@signalbox/persistence';
import { startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { migrations } from '../migrations/index.js';
import { SecretBox } from './secret-box.js';
import { SecretStore } from './secret.store.js';

const place = { application: 'shop', environment: 'production' };
let postgres: TestPostgres;
let database: Database;
let secrets: SecretStore;

beforeAll(async () => {
  postgres = await startPostgres();
  database = await Database.open({ url: await postgres.url('secrets'), name: 'secrets', migrations });
  secrets = new SecretStore(database, new SecretBox('a-secret-key-for-tests-of-32-letters'));
});
afterAll(async () => {
  await database?.close();
  await postgres?.stop();
});

it('a value that is set while another one is being set becomes the version after it', async () => {
  let wrote: () => void = () => undefined;
  const isWritten = new Promise<void>((resolve) => (wrote = resolve));
  const first = database.transactions.run(async () => {
    await secrets.put(place, 'DB', 'first');
    wrote();
    await new Promise((resolve) => setTimeout(resolve, 300));
  });
  await isWritten;
  await Promise.all([first, secrets.put(place, 'DB', 'second')]);
  const pins = await secrets.pins(place);
  expect(pins).toEqual([{ name: 'DB', version: 2 }]);
  expect(await secrets.open(place, { DB: { name: 'DB', version: 2 } })).toEqual({ DB: 'second' });
});
