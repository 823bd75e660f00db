import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { expect, it } from '@jest/globals';
import { eventually } from '@signalbox/testing';

/** A process whose stop does this, and that gives it half a second; as it was built. */
const running = (stop: string) => `
  import { runMain } from '@signalbox/chassis';
  setInterval(() => {}, 1000);
  await runMain('it', async () => ({ stop: () => ${stop} }), 500);
  console.log('started');`;

it.each([
  ['hangs', 'new Promise(() => {})', { code: 1, told: 'it: did not stop within 0.5 s: ended as it is\n' }],
  ['fails', "Promise.reject(new Error('no'))", { code: 1, told: 'it: did not stop cleanly: Error: no\n' }],
  ['ends', 'Promise.resolve()', { code: 0, told: '' }],
])('a process whose stop %s ends all the same, and its code tells how', async (_, stop, expected) => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', running(stop)], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', told: '' };
  child.stdout.on('data', (chunk) => (said.out += String(chunk)));
  child.stderr.on('data', (chunk) => (said.told += String(chunk)));
  const closed = once(child, 'close');
  await eventually(() => said.out === 'started\n', { withinMs: 20_000, what: 'it runs' });
  child.kill('SIGTERM');
  const [code] = (await closed) as [number];
  expect({ code, told: said.told }).toEqual(expected);
});
