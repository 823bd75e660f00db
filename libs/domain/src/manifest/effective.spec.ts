import { describe, expect, it } from '@jest/globals';
import { effective } from './effective.js';
import { manifest } from './manifest.js';

const minimal = { apiVersion: 'signalbox/v1', name: 'shop', runtime: { command: ['node', 'server.js'] } };
const effectiveOf = (more: object = {}) => effective(manifest.parse({ ...minimal, ...more }));

describe('the defaults of a definition', () => {
  const defaults = effectiveOf();

  it.each([
    ['repository', { path: '.' }],
    [
      'version',
      {
        source: 'conventional-commits',
        initial: '1.0.0',
        tagFormat: 'v${version}',
        paths: ['**'],
        fallback: 'none',
        createTag: false,
      },
    ],
    [
      'lifecycle',
      [
        { phase: 'staging', environments: ['staging'], require: 'all' },
        { phase: 'production', environments: ['production'], require: 'all' },
      ],
    ],
    ['build', { executor: 'runner', outputs: ['**'] }],
    ['runtime', { command: ['node', 'server.js'], healthCheckPath: '/', startTimeout: 'PT30S', stopTimeout: 'PT10S' }],
    ['policies', [{ name: 'tests-passed', min: 1 }]],
    ['feedback', { window: 'P14D' }],
  ] as const)('%s', (key, expected) => {
    expect(defaults[key]).toEqual(expected);
  });

  it('both environments', () => {
    for (const environment of Object.values(defaults.environments)) {
      expect(environment).toMatchObject({
        target: 'process',
        config: {},
        replicas: 1,
        soak: 'PT0S',
        approvals: [],
        approvalTimeout: 'PT72H',
        progressDeadline: 'PT10M',
        analysis: {
          judge: 'sequential',
          alpha: 0.01,
          beta: 0.05,
          interval: 'PT10S',
          onInconclusive: 'pause',
          onSilence: 'roll_back',
          metrics: [
            { name: 'request-success-rate', thresholdRange: { min: 0.99 }, tolerance: 1.5, dryRun: false },
            { name: 'request-duration', quantile: 0.99, thresholdRange: { max: 'PT0.5S' }, slack: 'PT0.025S' },
          ],
        },
      });
    }
  });

  it('staging is recreated, smoked and not watched', () => {
    expect(defaults.environments['staging']).toMatchObject({
      tier: 'staging',
      strategy: { recreate: {} },
      suites: [{ name: 'smoke', env: {}, timeout: 'PT10M' }],
      watch: { bake: 'PT0S', onFailure: 'roll_back' },
    });
  });

  it('production gets a canary, no suites, and a watch', () => {
    const analysis = { duration: 'PT5M' };
    expect(defaults.environments['production']).toMatchObject({
      tier: 'production',
      strategy: { canary: { steps: [{ setWeight: 10 }, { analysis }, { setWeight: 50 }, { analysis }] } },
      suites: [],
      watch: { bake: 'PT15M', onFailure: 'roll_back' },
    });
  });
});

describe('what a definition says', () => {
  it('a path narrows tags and commits to it', () => {
    const { version } = effectiveOf({ repository: { path: 'web' } });
    expect(version).toMatchObject({ tagFormat: 'shop-v${version}', paths: ['web/**'] });
  });

  it('the tier decides, whatever the name', () => {
    const { environments } = effectiveOf({
      lifecycle: [{ phase: 'live', environments: ['europe'] }],
      environments: { europe: { tier: 'production' } },
    });
    expect(Object.keys(environments)).toEqual(['europe']);
    expect(environments['europe']).toMatchObject({ watch: { bake: 'PT15M' }, suites: [] });
    expect(environments['europe']?.strategy).toHaveProperty('canary');
  });

  it('an environment of no phase is kept', () => {
    expect(Object.keys(effectiveOf({ environments: { playground: {} } }).environments)).toContain('playground');
  });

  it('a suite that a tool outside does keeps its source and gets its timeout', () => {
    const suites = [{ name: 'load', executor: { event: 'argo' } }];
    const { environments } = effectiveOf({ environments: { staging: { suites } } });
    expect(environments['staging']?.suites).toEqual([{ ...suites[0], env: {}, timeout: 'PT10M' }]);
  });

  it('suites, steps and policies get only what they leave out', () => {
    const definition = effectiveOf({
      build: { steps: [{ run: ['make'] }, { run: ['make', 'dist'], timeout: '1m' }] },
      environments: { staging: { suites: [{ name: 'api', run: ['make', 'test'] }] } },
      policies: [{ name: 'tests-passed' }],
    });
    expect(definition.build.steps).toEqual([
      { run: ['make'], env: {}, timeout: 'PT10M' },
      { run: ['make', 'dist'], env: {}, timeout: 'PT1M' },
    ]);
    expect(definition.environments['staging']?.suites).toEqual([
      { name: 'api', run: ['make', 'test'], env: {}, timeout: 'PT10M' },
    ]);
    expect(definition.policies).toEqual([{ name: 'tests-passed', min: 1 }]);
  });

  it('both spellings of recreate mean the same', () => {
    for (const strategy of ['recreate', { recreate: {} }]) {
      const { environments } = effectiveOf({ environments: { production: { strategy } } });
      expect(environments['production']?.strategy).toEqual({ recreate: {} });
    }
  });
});
