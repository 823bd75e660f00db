import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually, startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { Client } from 'pg';
import { Databases, givenServer } from './databases.js';

let postgres: TestPostgres;
let operator: Client;
let url: string;
beforeAll(async () => {
  postgres = await startPostgres();
  url = await postgres.url('operator');
  operator = new Client({ connectionString: url });
  await operator.connect();
});
afterAll(async () => {
  await operator?.end();
  await postgres?.stop();
});

it('a server that ends while databases are made is told with the database, and ends nothing of ours', async () => {
  const databases = new Databases(givenServer(url), { ends_one: 'p', ends_two: 'p' }, '');
  let isOver = false;
  const made = databases.prepare().finally(() => (isOver = true));
  const ends = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE "ends_%'`;
  const ended = eventually(async () => isOver || ((await operator.query(ends)).rowCount ?? 0) > 0, {
    everyMs: 1,
    what: 'a database to be under way',
  });
  await expect(made).rejects.toThrow(/^PostgreSQL does not make the database ends_(one|two): .*\nfix: /);
  await ended;
});
