import { describe, expect, it } from '@jest/globals';
import { aDefinition, aDeployment, aRunning, later, start } from '../../testing/rollouts.js';
import { newEnvironment, specOf, withRollout } from '../environment/environment.js';
import type { Environment } from '../environment/environment.js';
import { carryOut } from './carry-out.js';
import type { Deployment } from './deployment.js';

const spec = (version: string) => specOf(aRunning(version), aDefinition(), 'production', []);
const live: Environment = { ...newEnvironment('shop', 'production', 'shop', start), current: spec('1.0.0') };
const canary = withRollout(live, spec('1.1.0'), 20, start);
const ours = (more: Partial<Deployment>): Deployment => aDeployment({}, { id: 'dep_1.1.0', weight: 50, ...more });
const carried = (more: Partial<Deployment>, environment: Environment): Environment =>
  carryOut(ours(more), environment, () => spec('1.1.0'), later(9));
const ending = (outcome: 'succeeded' | 'failed') => ({ status: 'ended' as const, ended: { outcome, at: '' } });

describe('what should run', () => {
  it('stays as it is while a rollout waits, and once it has started', () => {
    expect(carried({ status: 'waiting' }, live)).toBe(live);
    expect(carried({ status: 'starting' }, canary)).toBe(canary);
  });

  it('gets the new version when it starts: without users, or at once where there are no steps', () => {
    expect(carried({ status: 'starting' }, live).rollout).toMatchObject({ weight: 0 });
    expect(carried({ status: 'starting', steps: [] }, live).rollout).toMatchObject({ weight: 100 });
  });

  it.each(['stepping', 'paused', 'finishing'] as const)('has the weight of a rollout that is %s', (status) => {
    expect(carried({ status }, canary)).toMatchObject({ rollout: { weight: 50 }, generation: canary.generation + 1 });
  });

  it('is the version before alone when the new one is taken back, or has failed', () => {
    for (const more of [{ status: 'taking_back' as const }, ending('failed')]) {
      const after = carried(more, canary);
      expect([after.rollout, after.current?.version]).toEqual([undefined, '1.0.0']);
    }
  });

  it('is the new version alone when it has succeeded', () => {
    const after = carried(ending('succeeded'), canary);
    expect([after.rollout, after.current?.version, after.previous?.version]).toEqual([undefined, '1.1.0', '1.0.0']);
  });

  it('is left alone where another rollout is on its way', () => {
    const another = withRollout(live, spec('2.0.0'), 20, start);
    for (const more of [{ status: 'stepping' as const }, { status: 'taking_back' as const }, ending('succeeded')])
      expect(carried(more, another)).toBe(another);
  });
});
