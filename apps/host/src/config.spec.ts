import { expect, it } from '@jest/globals';
import { ConfigError, readConfig } from './config.js';

const faultsOf = (variables: Record<string, string>) => () => readConfig(variables);

it('tells everything that is wrong at once, a variable a line', () => {
  expect(faultsOf({ HOST_PORT: 'many', HOST_LOG_LEVEL: 'loud' })).toThrow(
    /^configuration is not usable:\n {2}HOST_PORT: .+\n {2}HOST_DATA: .+\n {2}HOST_LOG_LEVEL: .+\n {2}HOST_KEY: required, or HOST_KEY_FILE .+$/,
  );
  expect(faultsOf({})).toThrow(ConfigError);
});

it('names the key alone where only that is missing', () => {
  expect(faultsOf({ HOST_DATA: '/data' })).toThrow(/^configuration is not usable:\n {2}HOST_KEY: required[^\n]+$/);
});

it('takes what is right', () => {
  expect(readConfig({ HOST_DATA: '/data', HOST_KEY: 'a key of some length' })).toMatchObject({ data: '/data' });
});
