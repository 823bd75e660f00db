import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Database } from '@signalbox/persistence';
import { eventually, startPostgres } from '@signalbox/testing';
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
  const [isWritten, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = database.transactions.run(async () => {
    await secrets.put(place, 'DB', 'first');
    isWritten.resolve();
    await mayEnd.promise;
  });
  await isWritten.promise;
  const second = secrets.put(place, 'DB', 'second');
  await eventually(async () => (await waiting()).length === 1, { what: 'the second to wait for the first' });
  mayEnd.resolve();
  await Promise.all([first, second]);
  const pins = await secrets.pins(place);
  expect(pins).toEqual([{ name: 'DB', version: 2 }]);
  expect(await secrets.open(place, { DB: { name: 'DB', version: 2 } })).toEqual({ DB: 'second' });
});

/** Sessions of this database that wait for a lock. */
function waiting(): Promise<object[]> {
  return database.query(
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
}
