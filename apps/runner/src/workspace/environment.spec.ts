import { describe, expect, it } from '@jest/globals';
import { gitEnvironment, stepEnvironment } from './environment.js';

const ours = {
  PATH: '/opt/signalbox/node_modules/.bin:/usr/bin:/bin',
  HOME: '/home/operator',
  LANG: 'C.UTF-8',
  RUNNER_KEY: 'secret',
  COORDINATOR_URL: 'http://127.0.0.1',
  DATABASE_URL: 'postgres://',
  npm_config_registry: 'https://registry.example.test',
  npm_config_prefix: '/opt',
  HTTPS_PROXY: 'http://proxy.example.test',
  NODE_OPTIONS: '--inspect',
};

describe("a step's environment", () => {
  it('holds what is needed to reach registries, and nothing of ours', () => {
    expect(stepEnvironment(ours, { workspace: '/w', npmCache: '/cache' })).toEqual({
      PATH: '/usr/bin:/bin',
      HOME: '/w/home',
      TMPDIR: '/w/tmp',
      LANG: 'C.UTF-8',
      CI: 'true',
      HTTPS_PROXY: 'http://proxy.example.test',
      npm_config_registry: 'https://registry.example.test',
      npm_config_cache: '/cache',
      npm_config_update_notifier: 'false',
    });
  });

  it('is not what git gets: that keeps the HOME of the operator', () => {
    expect(gitEnvironment(ours)).toMatchObject({ HOME: '/home/operator', GIT_TERMINAL_PROMPT: '0' });
    expect(gitEnvironment(ours)).not.toHaveProperty('RUNNER_KEY');
  });
});
