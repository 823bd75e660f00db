import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { forgetOldLogs } from './old-logs.js';

let folder: string;
const slot = { application: 'shop', environment: 'production' };

async function write(name: string, minute: number): Promise<void> {
  await writeFile(join(folder, name), name);
  await utimes(join(folder, name), minute * 60, minute * 60);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-logs-'));
  for (let minute = 10; minute < 35; minute += 1) await write(`shop-production-dep_${minute}.log`, minute);
  for (const older of [10, 34]) await write(`shop-production-dep_${older}.log.1`, older);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('of a slot the newest twenty are kept, and those in use however old; other slots keep theirs', async () => {
  const others = ['shop-production-eu-dep_1.log', 'shop-staging-dep_1.log', 'other-production-dep_1.log'];
  for (const name of others) await write(name, 1);
  await forgetOldLogs(folder, slot, ['dep_12']);
  const left = await readdir(folder);
  const own = Array.from({ length: 20 }, (_, index) => `shop-production-dep_${15 + index}.log`);
  const expected = [...others, ...own, 'shop-production-dep_12.log', 'shop-production-dep_34.log.1'];
  expect(left.toSorted()).toEqual(expected.toSorted());
});
