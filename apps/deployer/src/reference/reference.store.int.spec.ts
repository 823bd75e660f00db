import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Database } from '@signalbox/persistence';
import { startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { migrations } from '../migrations/index.js';
import { ReferenceStore } from './reference.store.js';

const past = '2020-01-01T00:00:00.000Z';
const future = '2100-01-01T00:00:00.000Z';
let postgres: TestPostgres;
let url: string;
let database: Database;
let references: ReferenceStore;

beforeAll(async () => {
  postgres = await startPostgres();
  url = await postgres.url('references');
  const old = await Database.open({ url, name: 'old', migrations: migrations.slice(0, 1) });
  for (const [kind, id, content] of [
    ['freeze', 'old-past', { to: past }],
    ['freeze', 'old-future', { to: future }],
    ['hold', 'old-past', { expiresAt: past }],
    ['hold', 'old-endless', {}],
  ] as const) {
    await old.query('INSERT INTO reference (kind, id, version, content) VALUES ($1, $2, 1, $3)', [
      kind,
      id,
      JSON.stringify({ ...content, id }),
    ]);
  }
  await old.close();
  database = await Database.open({ url, name: 'references', migrations });
  references = new ReferenceStore(database);
});
afterAll(async () => {
  await database?.close();
  await postgres?.stop();
});

it('gates count until their time has come, also those learnt before their ends were kept', async () => {
  const learn = (kind: 'freeze' | 'override' | 'hold', id: string, content: object) =>
    references.upsert(kind, id, 1, { ...content, id });
  await learn('freeze', 'past', { to: past });
  await learn('override', 'future', { expiresAt: future });
  await learn('override', 'past', { expiresAt: past });
  await learn('hold', 'extended', { expiresAt: past });
  await references.upsert('hold', 'extended', 2, { expiresAt: future });
  const { freezes, overrides, holds } = await references.gates('shop');
  expect([freezes, overrides]).toMatchObject([[{ id: 'old-future' }], [{ id: 'future' }]]);
  expect(holds).toEqual(expect.arrayContaining([{ id: 'old-endless' }, { expiresAt: future }]));
  expect(holds).toHaveLength(2);
});

it('quarantines count for their application', async () => {
  for (const application of ['shop', 'blog'])
    await references.upsert('quarantine', application, 1, { application, removed: false });
  await references.upsert('quarantine', 'lifted', 2, { application: 'shop', removed: true });
  const { quarantines } = await references.gates('shop');
  expect(quarantines).toEqual([{ application: 'shop', removed: false }]);
});
