import { describe, expect, it } from '@jest/globals';
import { manifest } from './manifest.js';

const minimal = {
  apiVersion: 'signalbox/v1',
  name: 'storefront',
  runtime: { command: ['node', 'server.js'] },
};

/** Every field there is. */
const full = {
  ...minimal,
  repository: { url: 'https://git.example.com/shop.git', branch: 'main', path: 'web' },
  version: {
    source: 'conventional-commits',
    initial: '1.0.0',
    tagFormat: 'web-v${version}',
    paths: ['web/**', 'libs/**'],
    fallback: 'patch',
    createTag: true,
  },
  lifecycle: [
    { phase: 'staging', environments: ['staging'] },
    { phase: 'live', environments: ['production', 'europe'], require: { minimum: 1 } },
  ],
  build: {
    executor: 'runner',
    steps: [
      { run: ['npm', 'ci'], timeout: '5m' },
      { run: ['npm', 'run', 'build'], env: { CI: '1' } },
    ],
    outputs: ['dist/**', 'package.json'],
    junit: 'out/unit.xml',
  },
  runtime: {
    command: ['node', 'dist/server.js', '--port', '${PORT}'],
    healthCheckPath: '/healthz',
    startTimeout: '30s',
    stopTimeout: '10s',
  },
  environments: {
    staging: { suites: [{ name: 'api', run: ['npx', 'jest'], env: { A: 'b' }, junit: 'out/*.xml', timeout: '10m' }] },
    production: {
      tier: 'production',
      config: { LOG_LEVEL: 'info', DATABASE_URL: { secretRef: 'DATABASE_URL' } },
      replicas: 2,
      soak: '10m',
      approvals: [{ team: 'leads', required: 1 }],
      approvalTimeout: '72h',
      strategy: {
        canary: {
          steps: [
            { setWeight: 10 },
            { analysis: { duration: '5m' } },
            { manualGate: { team: 'leads' } },
            { setWeight: 50 },
            { pause: { duration: '10m' } },
            { pause: {} },
          ],
        },
      },
      progressDeadline: '10m',
      analysis: {
        judge: 'sequential',
        alpha: 0.01,
        beta: 0.05,
        interval: '10s',
        metrics: [
          { name: 'request-success-rate', thresholdRange: { min: 0.99 }, tolerance: 1.5 },
          { name: 'request-duration', quantile: 0.99, thresholdRange: { max: '500ms' }, slack: '25ms', dryRun: true },
        ],
        onInconclusive: 'promote_flagged',
        onSilence: 'pause',
      },
      watch: { bake: '30m', onFailure: 'alert' },
    },
  },
  policies: [{ name: 'tests-passed', min: 0.9 }],
  feedback: { window: '14d' },
};

/** The first fault of a manifest: where and what. */
function faultOf(candidate: object): string {
  const issue = manifest.safeParse(candidate).error?.issues[0];
  return issue ? `${issue.path.join('.')}: ${issue.message}` : 'none';
}

describe('signalbox.yaml', () => {
  it('may say no more than name and command', () => {
    expect(manifest.parse(minimal)).toEqual(minimal);
  });

  it('keeps everything it says, with durations as ISO 8601', () => {
    const parsed = manifest.parse(full);
    expect(parsed).toMatchObject({
      repository: full.repository,
      version: full.version,
      lifecycle: full.lifecycle,
      build: { steps: [{ run: ['npm', 'ci'], timeout: 'PT5M' }, full.build.steps[1]] },
      feedback: { window: 'P14D' },
    });
    expect(parsed.environments?.['production']).toMatchObject({
      soak: 'PT10M',
      approvalTimeout: 'P3D',
      strategy: { canary: { steps: [{ setWeight: 10 }, { analysis: { duration: 'PT5M' } }, {}, {}, {}, {}] } },
      analysis: {
        metrics: [{ dryRun: false }, { thresholdRange: { max: 'PT0.5S' }, slack: 'PT0.025S', dryRun: true }],
      },
      watch: { bake: 'PT30M', onFailure: 'alert' },
    });
  });

  it.each([
    ['at the top', { ...full, channels: {} }, 'channels'],
    ['in a step of the build', { ...full, build: { steps: [{ run: ['make'], shell: true }] } }, 'shell'],
    ['in an environment', { ...full, environments: { staging: { lighthouse: 'slo.yaml' } } }, 'lighthouse'],
    ['in the runtime', { ...full, runtime: { command: ['a'], port: 80 } }, 'port'],
  ])('an unknown key %s is an error that names it', (_where, candidate, key) => {
    expect(faultOf(candidate)).toContain(`"${key}"`);
  });

  const withSteps = (...steps: object[]) => ({
    ...minimal,
    environments: { production: { strategy: { canary: { steps } } } },
  });
  it('a canary step has one key', () => {
    const place = 'environments.production.strategy.canary.steps.1';
    expect(faultOf(withSteps({ setWeight: 10 }, { setWeight: 20, pause: {} }))).toBe(
      `${place}: one key; found setWeight, pause`,
    );
    expect(faultOf(withSteps({ setWeight: 10 }, {}))).toBe(`${place}: one key; found none`);
  });

  it.each([
    ['a name with capitals', { ...minimal, name: 'Shop' }, 'name: '],
    ['no command', { ...minimal, runtime: { command: [] } }, 'runtime.command: at least the program'],
    [
      'a phase that is there before',
      {
        ...minimal,
        lifecycle: [
          { phase: 'prod', environments: ['eu'] },
          { phase: 'prod', environments: ['us'] },
        ],
      },
      'lifecycle.1.phase: phase prod is there before',
    ],
    [
      'an environment in two phases',
      {
        ...minimal,
        lifecycle: [
          { phase: 'one', environments: ['eu'] },
          { phase: 'two', environments: ['us', 'eu'] },
        ],
      },
      'lifecycle.1.environments.1: environment eu is there before',
    ],
    [
      'a minimum that no phase can reach',
      {
        ...minimal,
        lifecycle: [
          { phase: 'staging', environments: ['staging'] },
          { phase: 'live', environments: ['eu', 'us', 'asia'], require: { minimum: 7 } },
        ],
      },
      'lifecycle.1.require.minimum: at most 3, the environments of phase live',
    ],
    ['a path that leaves the repository', { ...full, repository: { path: '../other' } }, 'repository.path: '],
    ['a health path without /', { ...minimal, runtime: { command: ['a'], healthCheckPath: 'up' } }, 'begins with /'],
    ['a tag without its version', { ...minimal, version: { tagFormat: 'v' } }, 'contains ${version}'],
    ['a weight above 100', withSteps({ setWeight: 101 }), '100'],
    ['a rate of 1', { ...full, environments: { production: { analysis: { alpha: 1 } } } }, 'analysis.alpha'],
    ['an initial version that is none', { ...minimal, version: { initial: '01.0.0' } }, 'a version such as 1.0.0'],
    ['an analysis before anybody has it', withSteps({ analysis: { duration: '1m' } }), '(it is at 0)'],
    ['an analysis when all have it', withSteps({ setWeight: 100 }, { analysis: { duration: '1m' } }), '(it is at 100)'],
    [
      'metrics of which none decides',
      {
        ...minimal,
        environments: {
          production: {
            analysis: { metrics: [{ name: 'request-success-rate', thresholdRange: { min: 0.9 }, dryRun: true }] },
          },
        },
      },
      'somebody has to decide',
    ],
    [
      'a lower-case secret',
      { ...full, environments: { production: { config: { A: { secretRef: 'a' } } } } },
      'config.A',
    ],
    ['an output outside the repository', { ...full, build: { outputs: ['/etc/passwd'] } }, 'build.outputs.0: '],
    [
      'what the host sets',
      { ...full, environments: { production: { config: { PORT: '1' } } } },
      'config.PORT: the host sets it',
    ],
    [
      'two suites of one name',
      {
        ...full,
        environments: {
          staging: {
            suites: [
              { name: 'api', run: ['a'] },
              { name: 'api', run: ['b'] },
            ],
          },
        },
      },
      'suites.1.name: another suite is named api',
    ],
    [
      'a suite that nobody does',
      { ...full, environments: { staging: { suites: [{ name: 'api' }] } } },
      'suites.0.run: one of run and executor',
    ],
    [
      'a suite that two do',
      { ...full, environments: { staging: { suites: [{ name: 'api', run: ['a'], executor: { event: 'argo' } }] } } },
      'suites.0.run: not of a suite that a tool outside does',
    ],
    [
      'a suite outside that has a report here',
      {
        ...full,
        environments: { staging: { suites: [{ name: 'api', executor: { event: 'argo' }, junit: 'out.xml' }] } },
      },
      'suites.0.junit: not of a suite that a tool outside does',
    ],
    [
      'a suite of what is no source',
      { ...full, environments: { staging: { suites: [{ name: 'api', executor: { event: 'Argo' } }] } } },
      'suites.0.executor.event: the name of an event source',
    ],
    ['no time to approve', { ...full, environments: { production: { approvalTimeout: '0s' } } }, 'more than 0s'],
    ['another version of the file', { ...minimal, apiVersion: 'signalbox/v2' }, 'apiVersion'],
  ])('%s is refused', (_what, candidate, fault) => {
    expect(faultOf(candidate)).toContain(fault);
  });
});
