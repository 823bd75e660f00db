import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { Client } from 'pg';
import { AuditedDatabase } from '../e2e/faults/audit.js';

let postgres: TestPostgres;
let url: string;
let audited: AuditedDatabase;
beforeAll(async () => {
  postgres = await startPostgres();
  url = await postgres.url('audited');
  audited = new AuditedDatabase('audited', () => url);
  for (const table of ['outbox', 'inbox']) await audited.query(`CREATE TABLE ${table} (event_id uuid PRIMARY KEY)`);
  await audited.install();
});
afterAll(() => postgres?.stop());

it('notes each event that was taken once, also of a transaction that ends after one that has noted later', async () => {
  const [early, late] = [new Client(url), new Client(url)];
  await Promise.all([early.connect(), late.connect()]);
  const [noted, notedBefore] = [randomUUID(), randomUUID()];
  await early.query('BEGIN');
  await early.query('SELECT txid_current()');
  await late.query('BEGIN');
  await late.query('INSERT INTO inbox VALUES ($1)', [notedBefore]);
  await early.query('INSERT INTO inbox VALUES ($1)', [noted]);
  await early.query('COMMIT');
  const taken = async () => (await audited.taken()).all.map(({ id }) => id);
  expect(await taken()).toEqual([noted]);
  await late.query('COMMIT');
  expect([await taken(), await taken()]).toEqual([[notedBefore], []]);
  await Promise.all([early.end(), late.end()]);
});
