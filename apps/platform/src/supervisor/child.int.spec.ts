import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { eventually } from '@signalbox/testing';
import getPort from 'get-port';
import { killedAfter, SupervisedChild } from './child.js';

let folder: string;
let logFile: string;
let child: SupervisedChild | undefined;
/** Of its deaths, and of those that it was given. */
let told: string[];
let said: string[];
beforeEach(() => {
  [told, said] = [[], []];
  folder = mkdtempSync(join(tmpdir(), 'signalbox-child-'));
  logFile = join(folder, 'child.log');
});
afterEach(async () => {
  await child?.stop(1_000);
  rmSync(folder, { recursive: true, force: true });
});

function start(script: string, build: () => Record<string, string> = () => ({}), saysReady = false): SupervisedChild {
  const command = [process.execPath, '-e', script] as const;
  child = new SupervisedChild({
    name: 'child',
    command,
    variables: {},
    build,
    logFile,
    readyUrls: [],
    saysReady,
    outlives: false,
    onDeath: (_child, how) => told.push(how),
    onKilled: ({ name }, graceMs) => said.push(`${name} ${killedAfter(graceMs)}`),
  });
  child.start();
  return child;
}
/** Prints what it is asked. */
const answering = `require('http').createServer((asked, answer) => { console.log(asked.url); answer.end(JSON.stringify({ pid: process.pid })); })
  .listen(Number(process.env.AT), '127.0.0.1')`;
const text = () => readFileSync(logFile, 'utf8');

it('a log that has become long goes on in a new one when the process is started again, and the old one stays', async () => {
  closeSync(openSync(logFile, 'w'));
  truncateSync(logFile, 51 * 2 ** 20);
  start('console.log("begun"); setInterval(() => {}, 1000)');
  await eventually(() => text() === 'begun\n', { what: 'a new log' });
  expect(statSync(`${logFile}.1`).size).toBe(51 * 2 ** 20);
});

it('a child that dies where its log cannot be begun comes back when it can, and its supervisor stays', async () => {
  logFile = join(folder, 'logs', 'child.log');
  const one = start('console.log("begun"); setInterval(() => {}, 1000)');
  await eventually(() => text() === 'begun\n', { what: 'its begin' });
  rmSync(join(folder, 'logs'), { recursive: true });
  writeFileSync(join(folder, 'logs'), 'in the way');
  process.kill(one.pid ?? 0, 'SIGKILL');
  await eventually(() => told.length > 1, { withinMs: 10_000, what: 'a start that fails' });
  expect(told).toEqual(['SIGKILL', expect.stringMatching(/^(EEXIST|ENOTDIR): .*logs/)]);
  rmSync(join(folder, 'logs'));
  await eventually(() => existsSync(logFile) && text() === 'begun\n', { withinMs: 10_000, what: 'another' });
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

it('one that does not end when it is asked to is killed, which is said', async () => {
  const one = start('process.on("SIGTERM", () => {}); console.log("deaf"); setInterval(() => {}, 1000)');
  await eventually(() => text() === 'deaf\n', { what: 'it hears nothing' });
  expect(await one.restart(200, 1_000)).toBe(true);
  await eventually(() => text() === 'deaf\ndeaf\n', { what: 'another hears nothing' });
  expect(await one.stop(300)).toBe(true);
  expect(said).toEqual([
    'child did not end within 0.2 s and was killed',
    'child did not end within 0.3 s and was killed',
  ]);
});

it('nothing is said of one that ends by itself, nor of one that somebody hurries', async () => {
  const quick = start(
    'process.on("SIGTERM", () => process.exit(0)); console.log("quick"); setInterval(() => {}, 1000)',
  );
  await eventually(() => text() === 'quick\n', { what: 'the first' });
  expect(await quick.stop(5_000)).toBe(false);
  const deaf = start('process.on("SIGTERM", () => {}); console.log("deaf"); setInterval(() => {}, 1000)');
  await eventually(() => text() === 'quick\ndeaf\n', { what: 'the second' });
  const stopped = deaf.stop(60_000);
  deaf.hurry();
  expect(await stopped).toBe(true);
  expect(said).toEqual([]);
});

it('one that has answered and hangs is killed, told of, and started again', async () => {
  const port = await getPort();
  child = new SupervisedChild({
    name: 'child',
    command: [process.execPath, '-e', answering],
    variables: { AT: String(port) },
    logFile,
    readyUrls: [],
    liveUrl: `http://127.0.0.1:${port}/health/live`,
    askEveryMs: 20,
    outlives: false,
    onDeath: (_child, how) => told.push(how),
    onHung: ({ name }) => said.push(`${name} hangs`),
  });
  child.start();
  const asked = () => text().split('/health/live').length - 1;
  await eventually(() => asked() > 20, { what: 'it to be asked again and again' });
  const { pid } = child;
  if (pid === undefined) throw new Error('it is gone');
  const before = asked();
  process.kill(pid, 'SIGSTOP');
  await eventually(() => said.length > 0 && child?.pid !== undefined && child.pid !== pid, {
    withinMs: 60_000,
    what: 'another process',
  });
  await eventually(() => asked() > before, { what: 'that to be asked' });
  expect({ said, told }).toEqual({ said: ['child hangs'], told: ['SIGKILL'] });
}, 90_000);

it('a process that listens nowhere is ready when it says so, however often it had died before it was waited for', async () => {
  const marks = join(folder, 'starts');
  // Dies at its first four starts.
  const script = `const fs = require('fs'); fs.appendFileSync(${JSON.stringify(marks)}, 'x');
    if (fs.readFileSync(${JSON.stringify(marks)}).length < 5) process.exit(1);
    setTimeout(() => process.send('ready'), 200); setInterval(() => {}, 1000)`;
  const restless = start(script, undefined, true);
  await eventually(() => told.length >= 3, { withinMs: 20_000, what: 'three deaths' });
  await restless.ready(20_000);
  expect(told).toEqual(Array(4).fill('exit code 1'));
});

it('a process that keeps dying while it is waited for is not ready, and the end of its log says why', async () => {
  const failing = start('console.error("no such module"); process.exit(1)', undefined, true);
  await expect(failing.ready(20_000)).rejects.toThrow(/died 3 times at its start; the end of .*\nno such module/s);
});
