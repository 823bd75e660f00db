import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

it.each([['--help'], ['--cluster', '-h']])('whoever asks for help is told the ways to start: %s %s', (...args) => {
  const start = join(import.meta.dirname, 'start.mjs');
  const { status, stdout } = spawnSync(process.execPath, [start, ...args], { encoding: 'utf8' });
  expect(status).toBe(0);
  for (const word of ['--kafka', '--no-demo', '--demo-only', '--replicas', 'scale', 'restart'])
    expect(stdout).toContain(word);
});
