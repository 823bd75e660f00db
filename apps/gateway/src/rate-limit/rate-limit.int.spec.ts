import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Database } from '@signalbox/persistence';
import { startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import type { FastifyReply } from 'fastify';
import { migrations } from '../migrations/index.js';
import { RateLimit } from './rate-limit.js';

const points = 3;
let postgres: TestPostgres;
let database: Database;
/** As two gateways have them, and one without a database. */
let [here, there, alone]: RateLimit[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  const url = await postgres.url('gateway');
  database = await Database.open({ url, name: 'gateway', migrations });
  [here, there] = [RateLimit.open(url, points), RateLimit.open(url, points)];
  alone = RateLimit.open('postgres://127.0.0.1:1/away', points);
});
afterAll(async () => {
  for (const limit of [here, there, alone]) await limit?.onApplicationShutdown();
  await database?.close();
  await postgres?.stop();
});

/** Takes one. @returns what remains, and for how many seconds */
async function take(limit: RateLimit | undefined, principal: string): Promise<{ remains: number; seconds: number }> {
  let told = '';
  const reply = { header: (name: string, value: string) => (told = name === 'ratelimit' ? value : told) };
  await limit?.take(principal, reply as unknown as FastifyReply, () => undefined);
  const [, remains, seconds] = /^"default";r=(\d+);t=(\d+)$/.exec(told) ?? [];
  return { remains: Number(remains), seconds: Number(seconds) };
}

const refusal = (seconds: unknown) => ({ status: 429, more: { headers: { 'retry-after': seconds } } });

it('counts what is taken at all gateways together, by itself only while the database is away', async () => {
  const remaining = [];
  for (const limit of [here, there, here, alone, alone, alone])
    remaining.push((await take(limit, 'traveller')).remains);
  expect(remaining).toEqual([2, 1, 0, 2, 1, 0]);
  for (const limit of [here, there, alone])
    await expect(take(limit, 'traveller')).rejects.toMatchObject(refusal(expect.stringMatching(/^(9|10)$/)));
});

it('nobody waits longer than a window, whatever a gateway whose clock was ahead has stored', async () => {
  await database.query(`INSERT INTO request_window VALUES ('early', ${points - 1}, now() + interval '10 minutes')`);
  expect(await take(here, 'early')).toEqual({ remains: 0, seconds: 10 });
  await expect(take(here, 'early')).rejects.toMatchObject(refusal(expect.stringMatching(/^(9|10)$/)));
});

it('begins anew when the window is over', async () => {
  await database.query(`INSERT INTO request_window VALUES ('late', ${points}, now() - interval '1 second')`);
  expect(await take(here, 'late')).toEqual({ remains: points - 1, seconds: 10 });
});
