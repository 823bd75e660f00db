import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const logOutput = join(import.meta.dirname, 'log-output.ts');
const pino = createRequire(import.meta.url).resolve('pino');

/** Logs three lines to its standard output and ends. @returns its exit code */
async function logs(output: number): Promise<number | null> {
  const script = `
    const [{ pino }, { logOutput }] = await Promise.all([import('${pino}'), import('${logOutput}')]);
    const logger = pino({}, logOutput());
    for (const number of [1, 2, 3]) logger.info({ number }, 'a line');`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
    stdio: ['ignore', output, 'inherit'],
  });
  const overdue = setTimeout(() => child.kill('SIGKILL'), 20_000);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(overdue);
  return code;
}

it('a full disk takes lines, and neither holds up the process nor ends it', async () => {
  const full = openSync('/dev/full', 'w');
  expect(await logs(full)).toBe(0);
  closeSync(full);
});

it('every line is written where there is room', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-log-'));
  const file = openSync(join(folder, 'log'), 'w');
  expect(await logs(file)).toBe(0);
  closeSync(file);
  const lines = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { number: number }).number)).toEqual([1, 2, 3]);
  rmSync(folder, { recursive: true });
});
