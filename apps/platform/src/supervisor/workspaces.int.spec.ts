import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { workspacesOf } from './workspaces.js';

let place: string;
let folder: string;
let home: string;

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'signalbox-workspaces-'));
  folder = join(place, 'checkout/.signalbox/embedded');
  home = join(place, 'home');
  await mkdir(folder, { recursive: true });
  await mkdir(home);
});
afterEach(() => rm(place, { recursive: true, force: true }));

it('is the folder itself where no packages are around', () => {
  expect(workspacesOf(folder, home)).toBe(folder);
});

it.each(['package.json', 'node_modules'])('is below the home folder where a folder around has %s', async (name) => {
  await writeFile(join(place, 'checkout', name), '');
  const found = workspacesOf(folder, home);
  expect(found).toMatch(new RegExp(`^${home}/\\.local/state/signalbox/[0-9a-f]{12}$`));
  expect(workspacesOf(folder, home)).toBe(found);
  expect(workspacesOf(join(folder, '../kafka'), home)).not.toBe(found);
});

it('stays where it is when the home folder has packages itself or is a file', async () => {
  await writeFile(join(place, 'checkout/package.json'), '{}');
  await writeFile(join(home, 'package.json'), '{}');
  expect(workspacesOf(folder, home)).toBe(folder);
  expect(workspacesOf(folder, join(place, 'checkout/package.json'))).toBe(folder);
});
