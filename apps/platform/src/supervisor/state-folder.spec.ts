import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { makeStateFolder } from './state-folder.js';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'signalbox-state-'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

it('is made with the folders above it, and again', async () => {
  const folder = join(place, 'a', 'b', 'kafka');
  await makeStateFolder(folder);
  await makeStateFolder(folder);
  expect(statSync(folder).isDirectory()).toBe(true);
});

it('names what cannot be made, and the variable', async () => {
  const file = join(place, 'file');
  writeFileSync(file, '');
  const refusal = (folder: string) => ({
    message: expect.stringMatching(`^${folder} cannot be made: E.*\nfix: SIGNAL`),
  });
  await expect(makeStateFolder(join(file, 'kafka'))).rejects.toMatchObject(refusal(file));
  await expect(makeStateFolder('/proc/nowhere/kafka')).rejects.toMatchObject(refusal('/proc/nowhere'));
});
