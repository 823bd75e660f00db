import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { AuditedDatabase } from '../e2e/faults/audit.js';
import { Ledger } from '../e2e/faults/ledger.js';
import { Strays } from '../e2e/faults/strays.js';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-strays-'));
let postgres: TestPostgres;
let planning: AuditedDatabase;
beforeAll(async () => {
  postgres = await startPostgres();
  const url = await postgres.url('planning');
  planning = new AuditedDatabase('planning', () => url);
  await planning.query('CREATE TABLE release (id text, application text, status text, state jsonb)');
});
afterAll(async () => {
  await postgres?.stop();
  rmSync(folder, { recursive: true });
});

async function waits(version: string, code: string): Promise<void> {
  const state = { wish: { version }, stages: { build: { blockers: [] }, deploy: { blockers: [{ code }] } } };
  await planning.query(`INSERT INTO release VALUES ($1, 'lane', 'running', $2)`, [version, JSON.stringify(state)]);
}

it('cancels what nobody follows once a later release has completed, again where that was refused, and nothing else', async () => {
  const ledger = new Ledger(join(folder, 'ledger.ndjson'));
  const answers = [409, 202];
  const asked: string[] = [];
  const strays = new Strays(planning, ledger, async (id) => {
    asked.push(id);
    return answers.shift() ?? 500;
  });
  const entry = (version: string) => ledger.intend({ id: version, application: 'lane', version });
  const look = async () => {
    await strays.look();
    await strays.settle();
    return [...asked];
  };
  for (const version of ['1.9.0', '1.11.0']) strays.add(entry(version));
  ledger.note(entry('1.8.0'), { status: 'completed' });
  await waits('1.9.0', 'would_downgrade');
  await waits('1.10.0', 'would_downgrade');
  await waits('1.11.0', 'environment_busy');
  expect(await look()).toEqual([]);
  ledger.note(entry('1.12.0'), { status: 'completed' });
  expect(await look()).toEqual(['1.9.0']);
  expect(await look()).toEqual(['1.9.0', '1.9.0']);
  expect(await look()).toEqual(['1.9.0', '1.9.0']);
});
