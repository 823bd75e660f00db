import { spawn } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';

/** The keeper is its own program, so that it outlives tests that are killed; it runs from what was built. */
const keeper = fileURLToPath(new URL('../dist/keeper.js', import.meta.url));

/** One server of a kind for all test files of this process, ended after the process has. @returns its address */
export async function keptServer(kind: 'postgres' | 'kafka' | 'secured-kafka'): Promise<string> {
  const folder = `/tmp/signalbox-${kind}-test-${process.pid}`;
  const address = () => readFile(join(folder, 'address'), 'utf8').catch(() => undefined);
  const existing = await address();
  if (existing !== undefined) return existing;
  await mkdir(folder, { recursive: true, mode: 0o711 });
  // Not our own output: whoever reads that to its end would wait for the keeper, and the keeper for them.
  const output = await open(join(folder, 'keeper.log'), 'a');
  const child = spawn(process.execPath, [keeper, kind, folder, String(process.pid)], {
    detached: true,
    stdio: ['ignore', output.fd, output.fd],
  });
  child.unref();
  await output.close();
  const found = await eventually(async () => (await address()) ?? (child.exitCode === null ? undefined : 'ended'), {
    withinMs: 120_000,
    what: `${kind} starts for the tests`,
  });
  if (found === 'ended') throw new Error(`the keeper of ${kind} ended; see ${join(folder, 'keeper.log')}`);
  return found;
}
