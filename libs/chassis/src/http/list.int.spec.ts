import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { aggregateTable, Database } from '@signalbox/persistence';
import { startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { Lists } from './list.js';
import type { ListRules } from './list.js';

const rules: ListRules = { filters: {}, sorts: { createdAt: 'created_at' }, defaultSort: '-createdAt' };
const lists = new Lists('a-key-of-this-test');
let postgres: TestPostgres;
let database: Database;

beforeAll(async () => {
  postgres = await startPostgres();
  const migrations = [{ name: '20261123-things', up: aggregateTable('thing') }];
  database = await Database.open({ url: await postgres.url('lists'), name: 'lists', migrations });
  await database.query(
    `INSERT INTO thing (id, version, event_seq, state, created_at)
     SELECT 'thing ' || number, 1, 0, '{}', timestamptz '2026-11-23 10:00:00Z' + number * interval '130 microseconds'
     FROM generate_series(1, 20) AS number`,
  );
});
afterAll(async () => {
  await database?.close();
  await postgres?.stop();
});

async function walk(sort: string): Promise<string[]> {
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const query = lists.parse({ sort, limit: '3', ...(cursor && { cursor }) }, rules);
    const rows = await database.query<{ id: string; created_at: Date }>(
      `SELECT id, created_at FROM thing WHERE ${query.where} ORDER BY ${query.orderBy} LIMIT ${query.limit + 1}`,
      query.params,
    );
    const page = query.page(
      rows,
      (row) => row.created_at.toISOString(),
      (row) => row.id,
    );
    seen.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return seen;
}

it.each(['createdAt', '-createdAt'])('pages by %s show every row once, however fast rows were made', async (sort) => {
  const seen = await walk(sort);
  expect(seen).toHaveLength(20);
  expect(new Set(seen).size).toBe(20);
});
