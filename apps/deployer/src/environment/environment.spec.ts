import { describe, expect, it } from '@jest/globals';
import { slotDesired } from '@signalbox/domain';
import { aDefinition, aRunning, start } from '../../testing/rollouts.js';
import {
  acknowledged,
  desiredOf,
  missingSecrets,
  newEnvironment,
  settled,
  specOf,
  withoutRollout,
  withRollout,
} from './environment.js';
import type { Environment } from './environment.js';

const definition = aDefinition({ config: { LOG_LEVEL: 'info', DATABASE_URL: { secretRef: 'DB' } }, replicas: 2 });
const spec = (version: string) => specOf(aRunning(version), definition, 'production', [{ name: 'DB', version: 3 }]);
const empty = newEnvironment('shop', 'production', 'shop', start);
const live: Environment = { ...empty, generation: 4, putGeneration: 4, current: spec('1.0.0') };
const weights = (state: Environment): [string, number][] =>
  desiredOf(
    state,
    (digest) => `http://store/${digest}`,
    () => ({}),
  ).deployments.map(({ version, weight }) => [version, weight]);

describe('what should run', () => {
  it.each<[string, Environment, [string, number][]]>([
    ['is nothing at first', empty, []],
    ['is the current version', live, [['1.0.0', 100]]],
    ['is the first version alone, whatever its weight', withRollout(empty, spec('1.1.0'), 20, start), [['1.1.0', 100]]],
    [
      'is a canary beside it',
      withRollout(live, spec('1.1.0'), 20, start),
      [
        ['1.1.0', 20],
        ['1.0.0', 80],
      ],
    ],
    [
      'is a canary that nobody sees yet',
      withRollout(live, spec('1.1.0'), 0, start),
      [
        ['1.1.0', 0],
        ['1.0.0', 100],
      ],
    ],
    ['is the new one in its place', withRollout(live, spec('1.1.0'), 100, start), [['1.1.0', 100]]],
    [
      'is the old one again',
      withoutRollout(withRollout(live, spec('1.1.0'), 20, start), 'dep_1.1.0', start),
      [['1.0.0', 100]],
    ],
  ])('%s', (_, state, expected) => {
    expect(weights(state)).toEqual(expected);
  });

  it('is what the host accepts, with configuration and secrets', () => {
    const desired = desiredOf(
      live,
      (digest) => `http://store/${digest}`,
      () => ({ DATABASE_URL: 'postgres://' }),
    );
    expect(slotDesired.parse(desired).deployments[0]).toMatchObject({
      config: { LOG_LEVEL: 'info' },
      secrets: { DATABASE_URL: 'postgres://' },
      replicas: 2,
      startTimeoutMs: 30_000,
    });
  });

  it('has a new generation whenever it changes, and only then', () => {
    const canary = withRollout(live, spec('1.1.0'), 20, start);
    expect(canary.generation).toBe(5);
    expect(withRollout(canary, spec('1.1.0'), 20, start)).toBe(canary);
    expect(withoutRollout(canary, 'dep_other', start)).toBe(canary);
    const full = withRollout(canary, spec('1.1.0'), 100, start);
    const done = settled(full, 'dep_1.1.0', 'rel_1.1.0', start);
    expect(done).toMatchObject({
      generation: full.generation,
      current: { version: '1.1.0' },
      previous: { version: '1.0.0' },
      deployedBy: 'rel_1.1.0',
    });
    expect([weights(done), done.rollout]).toEqual([weights(full), undefined]);
  });
});

describe('an acknowledgement', () => {
  it('tells the address once, and never takes a generation back', () => {
    const first = acknowledged(empty, 1, 'http://u', 'http://m');
    expect([first.next.putGeneration, first.events.length]).toEqual([1, 1]);
    expect(acknowledged(first.next, 0, 'http://u', 'http://m')).toEqual({ next: first.next, events: [] });
  });
});

describe('secrets', () => {
  it('are missing until somebody sets them', () => {
    expect(missingSecrets(definition, 'production', [])).toEqual(['DB']);
    expect(missingSecrets(definition, 'production', [{ name: 'DB', version: 1 }])).toEqual([]);
    expect(spec('1.0.0').secrets).toEqual({ DATABASE_URL: { name: 'DB', version: 3 } });
  });
});
