import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { ConfigError } from '@signalbox/domain';
import { readHostConfig } from './config.js';

const faultsOf = (variables: Record<string, string>) => () => readHostConfig(variables);

it('tells everything that is wrong at once, a variable a line', () => {
  expect(faultsOf({ HOST_PORT: 'many', HOST_LOG_LEVEL: 'loud' })).toThrow(
    /^configuration is not usable:\n {2}HOST_PORT: .+\n {2}HOST_DATA: is not set\n {2}HOST_KEY: is not set\n {2}HOST_LOG_LEVEL: .+$/,
  );
  expect(faultsOf({})).toThrow(ConfigError);
});

it('names the key alone where only that is missing', () => {
  expect(faultsOf({ HOST_DATA: '/data' })).toThrow(/^configuration is not usable:\n {2}HOST_KEY: is not set$/);
});

it('takes the key out of a file, and holds it to the same', () => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-key-'));
  const keyIn = (text: string) => {
    writeFileSync(join(folder, 'key'), text);
    return faultsOf({ HOST_DATA: '/data', HOST_KEY_FILE: join(folder, 'key') });
  };
  expect(keyIn('a key of some length\n')()).toMatchObject({ key: 'a key of some length' });
  const both = { HOST_DATA: '/data', HOST_KEY: 'another key of some length', HOST_KEY_FILE: join(folder, 'key') };
  expect(faultsOf(both)()).toMatchObject({ key: 'a key of some length' });
  expect(keyIn('short')).toThrow(/^configuration is not usable:\n {2}HOST_KEY: at least 16 characters$/);
  expect(keyIn('\n')).toThrow(/^configuration is not usable:\n {2}HOST_KEY_FILE: the file \S+\/key is empty$/);
  rmSync(folder, { recursive: true });
  expect(faultsOf({ HOST_DATA: '/data', HOST_KEY_FILE: join(folder, 'key') })).toThrow(
    /^configuration is not usable:\n {2}HOST_KEY_FILE: ENOENT/,
  );
});

it('takes what is right', () => {
  expect(readHostConfig({ HOST_DATA: '/data', HOST_KEY: 'a key of some length' })).toMatchObject({ data: '/data' });
});
