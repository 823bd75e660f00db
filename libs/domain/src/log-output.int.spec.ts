import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { logOutput } from './log-output.js';

const file = join(import.meta.dirname, 'log-output.ts');
const pino = createRequire(import.meta.url).resolve('pino');

/** Logs three lines to its standard output and ends. @returns its exit code */
async function logs(output: number): Promise<number | null> {
  const script = `
    const [{ pino }, { logOutput }] = await Promise.all([import('${pino}'), import('${file}')]);
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
  const log = openSync(join(folder, 'log'), 'w');
  expect(await logs(log)).toBe(0);
  closeSync(log);
  const lines = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { number: number }).number)).toEqual([1, 2, 3]);
  rmSync(folder, { recursive: true });
});

it('tells how many lines were lost, once somebody reads again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-log-'));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const { write } = logOutput(pipe);
  const room = Buffer.alloc(1_048_576);
  const lines = Array.from({ length: 100 }, (_, number) => `${JSON.stringify({ number, text: 'x'.repeat(1_000) })}\n`);
  for (const line of lines) write(line);
  const before = readSync(pipe, room);
  write(lines.at(-1) ?? '');
  const told =
    room.toString('utf8', 0, before) + room.toString('utf8', before, before + readSync(pipe, room, { offset: before }));
  closeSync(pipe);
  rmSync(folder, { recursive: true });

  const whole = told
    .split('\n')
    .flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as { dropped?: number }] : []));
  const { dropped = 0 } = whole.at(-2) ?? {};
  expect(whole.at(-1)).toMatchObject({ number: 99 });
  expect(dropped).toBeGreaterThan(0);
  expect(whole.length - 2 + dropped).toBe(lines.length);
});
