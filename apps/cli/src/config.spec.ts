import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { CliConfig } from './config.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'signalbox-cli-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const local = 'http://localhost:4600';
const config = (variables: Record<string, string> = {}) =>
  new CliConfig({ SIGNALBOX_STATE: folder, ...variables }, folder);
function known(): void {
  const first = config({ SIGNALBOX_URL: local });
  first.save((file) => ({ ...file, current: 'admin', contexts: { admin: { key: 'sbx_a' }, ann: { key: 'sbx_b' } } }));
}

it('is the current context of the installation, or the one that is named', () => {
  known();
  const file = join(folder, 'cli.json');
  expect(config().access(undefined)).toEqual({ url: local, key: 'sbx_a', keyFrom: { context: 'admin', file } });
  expect(config().access('ann')).toEqual({ url: local, key: 'sbx_b', keyFrom: { context: 'ann', file } });
  expect(() => config().access('bob')).toThrow('there is no context bob');
});

it('is what the variables say, each of them', () => {
  known();
  const keyFrom = { variable: 'SIGNALBOX_KEY' };
  expect(config({ SIGNALBOX_KEY: 'sbx_v' }).access(undefined)).toEqual({ url: local, key: 'sbx_v', keyFrom });
  const both = { SIGNALBOX_URL: 'https://releases.example.com', SIGNALBOX_KEY: 'sbx_v' };
  expect(config(both).access(undefined)).toEqual({ url: both.SIGNALBOX_URL, key: both.SIGNALBOX_KEY, keyFrom });
});

it('gives the keys of one installation to no other', () => {
  known();
  const elsewhere = { SIGNALBOX_URL: 'https://releases.example.com' };
  expect(() => config(elsewhere).access(undefined)).toThrow('the key of admin is of http://localhost:4600');
  expect(() => config(elsewhere).access('ann')).toThrow('not of https://releases.example.com');
  config(elsewhere).add('far', 'sbx_f');
  expect(config().access('far')).toMatchObject({ url: elsewhere.SIGNALBOX_URL, key: 'sbx_f' });
  config().add('near', 'sbx_n');
  expect(config().access('near')).toMatchObject({ url: local, key: 'sbx_n' });
  expect(config({ SIGNALBOX_URL: 'http://127.0.0.1:4600/' }).access('ann').key).toBe('sbx_b');
});

it('begins a file where there is no installation, for the gateway that is named', () => {
  known();
  expect(JSON.parse(readFileSync(join(folder, 'cli.json'), 'utf8'))).toMatchObject({ url: local, current: 'admin' });
  rmSync(join(folder, 'cli.json'));
  expect(() => config().save((file) => file)).toThrow('no Signalbox is known here');
});

it('knows what starts the installation of the file, and nothing of that for others', () => {
  known();
  const elsewhere = { SIGNALBOX_URL: 'https://releases.example.com' };
  config(elsewhere).add('far', 'sbx_f');
  expect(config().access('ann')).not.toHaveProperty('start');
  config().save((file) => ({ ...file, start: 'npm run cluster' }));
  expect(config().access('ann').start).toBe('npm run cluster');
  expect(config({ SIGNALBOX_KEY: 'sbx_v' }).access(undefined).start).toBe('npm run cluster');
  expect(config({ SIGNALBOX_KEY: 'sbx_v', SIGNALBOX_URL: local }).access(undefined).start).toBe('npm run cluster');
  expect(config().access('far')).not.toHaveProperty('start');
  expect(config({ ...elsewhere, SIGNALBOX_KEY: 'sbx_v' }).access(undefined)).not.toHaveProperty('start');
  rmSync(join(folder, 'cli.json'));
  expect(config({ ...elsewhere, SIGNALBOX_KEY: 'sbx_v' }).access(undefined).url).toBe(elsewhere.SIGNALBOX_URL);
});
