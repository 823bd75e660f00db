import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

const script = join(import.meta.dirname, '..', '..', 'deploy', 'docker', 'assemble.mjs');
let full: string;
beforeAll(() => {
  full = mkdtempSync(join(tmpdir(), 'signalbox-assemble-'));
  writeFileSync(join(full, 'something'), '');
});
afterAll(() => rmSync(full, { recursive: true, force: true }));

it.each([
  [() => [], /^error: which folder and which apps\?\nfix: node deploy\/docker\/assemble\.mjs FOLDER APP …/],
  [() => [join(full, 'new'), 'gateway', 'nix'], /^error: there is no app nix\nfix: .+ one of .*gateway, host/],
  [() => [full, 'gateway'], /^error: \S+ is no empty folder\nfix: /],
  [() => [join(full, 'something'), 'gateway'], /^error: \S+something is no empty folder\nfix: /],
])('what it cannot do is refused before anything is made (%#)', (args, says) => {
  const { status, stderr } = spawnSync(process.execPath, [script, ...args()], { encoding: 'utf8', timeout: 10_000 });
  expect([status, stderr]).toEqual([2, expect.stringMatching(says)]);
  expect(existsSync(join(full, 'new'))).toBe(false);
});
