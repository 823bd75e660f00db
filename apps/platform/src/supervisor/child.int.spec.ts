import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { eventually } from '@signalbox/testing';
import { SupervisedChild } from './child.js';

let folder: string;
let logFile: string;
let child: SupervisedChild | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-child-'));
  logFile = join(folder, 'child.log');
});
afterEach(async () => {
  await child?.stop(1_000);
  rmSync(folder, { recursive: true, force: true });
});

function start(script: string, build: () => Record<string, string> = () => ({})): SupervisedChild {
  const command = [process.execPath, '-e', script] as const;
  child = new SupervisedChild({
    name: 'child',
    command,
    variables: {},
    build,
    logFile,
    readyUrls: [],
    outlives: false,
  });
  child.start();
  return child;
}
const text = () => readFileSync(logFile, 'utf8');

it('a log that has become long goes on in a new one when the process is started again, and the old one stays', async () => {
  closeSync(openSync(logFile, 'w'));
  truncateSync(logFile, 51 * 2 ** 20);
  start('console.log("begun"); setInterval(() => {}, 1000)');
  await eventually(() => text() === 'begun\n', { what: 'a new log' });
  expect(statSync(`${logFile}.1`).size).toBe(51 * 2 ** 20);
});

it('each start is told of the build that is there then', async () => {
  let number = 0;
  const one = start('console.log(process.env.BUILD_COMMIT); setInterval(() => {}, 1000)', () => ({
    BUILD_COMMIT: `number ${(number += 1)}`,
  }));
  await eventually(() => text() === 'number 1\n', { what: 'the first' });
  await one.restart(1_000, 1_000);
  await eventually(() => text() === 'number 1\nnumber 2\n', { what: 'the second' });
});
