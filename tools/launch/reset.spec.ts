import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';

let place: string;
let checkout: string;
let state: string;

/** The script as it stands, in a checkout of its own: without a variable it means the folder of the one it is in. */
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'signalbox-reset-'));
  checkout = join(place, 'work', 'checkout');
  state = join(place, 'state');
  cpSync(import.meta.dirname, join(checkout, 'tools', 'launch'), { recursive: true });
  writeFileSync(join(checkout, 'package.json'), '{}');
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function reset(variables: NodeJS.ProcessEnv, cwd = checkout) {
  const script = join(checkout, 'tools', 'launch', 'reset.mjs');
  const env = { PATH: process.env['PATH'], HOME: place, ...variables };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { cwd, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

function fill(folder: string, ...files: string[]): void {
  for (const file of files) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
}

const ofAStart = [
  'cli.json',
  'cli.json.new',
  'demo/storefront/signalbox.yaml',
  'embedded/secrets/installation.json',
  'kafka/logs/planning.log',
];

it.each([
  ['what an installation writes', [...ofAStart, 'kafka/postgres/PG_VERSION', 'prometheus/wal/00000000']],
  ['nothing', []],
])('a folder that holds %s is removed', (_what, files) => {
  mkdirSync(state);
  fill(state, ...files);
  expect(reset({ SIGNALBOX_STATE: state })).toEqual({ status: 0, stdout: `removed ${state}\n`, stderr: '' });
  expect(existsSync(state)).toBe(false);
});

it('an empty variable is as good as none: the folder of the checkout goes, not the one where it is called', () => {
  const own = join(checkout, '.signalbox');
  fill(own, ...ofAStart);
  expect(reset({ SIGNALBOX_STATE: '' })).toEqual({ status: 0, stdout: `removed ${own}\n`, stderr: '' });
  expect(readdirSync(checkout)).toEqual(['package.json', 'tools']);
  expect(reset({})).toEqual({ status: 0, stdout: `nothing to remove: there is no ${own}\n`, stderr: '' });
});

it.each([
  ['anything beside', [...ofAStart, 'thesis.tex'], 'thesis.tex'],
  ['a Kafka of its own', ['kafka/bin/kafka-server-start.sh', 'kafka/logs/server.log'], 'kafka'],
  ['a file where a folder would be', ['embedded'], 'embedded'],
  ['many things', ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'cli.json'], 'a, b, c, d, e and 2 more'],
])('a folder that holds %s stays as it is, and what is foreign is named', (_what, files, foreign) => {
  fill(state, ...files);
  const { status, stdout, stderr } = reset({ SIGNALBOX_STATE: state });
  expect([status, stdout]).toEqual([2, '']);
  const [error, fix] = stderr.split('\n');
  expect(error).toBe(`error: ${state} holds what is not of Signalbox: ${foreign}`);
  expect(fix).toMatch(/^fix: SIGNALBOX_STATE names the folder/);
  for (const file of files) expect(existsSync(join(state, file))).toBe(true);
});

it('what is no folder stays', () => {
  fill(place, 'state');
  expect(reset({ SIGNALBOX_STATE: state })).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('is no folder'),
  });
  expect(existsSync(state)).toBe(true);
});

it.each([
  ['is the checkout', '.'],
  ['has it below', '../..'],
  ['leads to one that has it below', '../../link'],
])('a folder that %s stays, whatever it is named', (_what, way) => {
  symlinkSync(place, join(place, 'link'));
  const { status, stderr } = reset({ SIGNALBOX_STATE: way });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^error: \S+ holds this checkout\nfix: /);
  expect(existsSync(join(checkout, 'package.json'))).toBe(true);
});
