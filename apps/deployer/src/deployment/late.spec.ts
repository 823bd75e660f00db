import { describe, expect, it } from '@jest/globals';
import { aCanary, aDeployment, defaultSteps, facts, later, seen, start } from '../../testing/rollouts.js';
import type { Deployment } from './deployment.js';
import type { Facts } from './facts.js';
import { step } from './rollout.js';

const afterAnOutage = (more: Partial<Facts>): Facts => facts({ now: later(3_600), ...more });
const unasked = afterAnOutage({ hasLooked: false });
const startingSince = start.toISOString();
const restored = (): Deployment =>
  aDeployment({ mode: 'rollback' }, { status: 'finishing', weight: 100, exposed: true, stepSince: startingSince });

describe('a rollout whose deployer was away for longer than its deadline', () => {
  it.each<[string, Deployment, string, Partial<Facts>]>([
    ['starts', aDeployment({}, { status: 'starting', startingSince }), 'stepping', { observed: seen() }],
    [
      'takes all traffic',
      aCanary(defaultSteps, 3, { status: 'finishing', weight: 100 }),
      'ended',
      { observed: seen({ weight: 100 }) },
    ],
    ['waits as a rollback', aDeployment({ mode: 'rollback' }), 'starting', { isOccupied: false }],
  ])('and %s is looked at before it is late', (_, deployment, status, found) => {
    const waiting = step(deployment, { ...unasked, isOccupied: true });
    expect(waiting).toEqual(deployment);
    expect(step(waiting, afterAnOutage({ ...found })).status).toBe(status);
  });

  it('is late when the host has it, and has it not ready', () => {
    const starting = aDeployment({}, { status: 'starting', startingSince });
    const observed = seen({ status: 'starting' });
    expect(step(starting, afterAnOutage({ observed, isPut: false })).status).toBe('starting');
    expect(step(starting, afterAnOutage({ observed })).status).toBe('taking_back');
  });

  it('does not wait for ever for a host that nobody reaches', () => {
    const starting = aDeployment({}, { status: 'starting', startingSince });
    expect(step(starting, { ...unasked, unreachedForMs: 59_000 }).status).toBe('starting');
    expect(step(starting, { ...unasked, unreachedForMs: 60_000 })).toMatchObject({
      status: 'taking_back',
      back: { reason: 'progress_deadline', detail: 'not ready in 600s: calls to the host fail' },
    });
  });
});

describe('a rollback that has all traffic', () => {
  it('is not taken back as late: nothing brings the other version again', () => {
    expect(step(restored(), { ...unasked, unreachedForMs: 3_600_000 })).toEqual(restored());
    expect(step(restored(), facts({ now: later(599), observed: seen({ status: 'starting', weight: 100 }) }))).toEqual(
      restored(),
    );
  });

  it('ends in its place, flagged, when its processes do not come up again: the next one is not kept out', () => {
    const failure = { code: 'exited' as const, message: 'exited 1', lastLines: [] };
    expect(
      step(restored(), afterAnOutage({ observed: seen({ status: 'failed', weight: 100, failure }) })),
    ).toMatchObject({
      status: 'ended',
      ended: { outcome: 'succeeded' },
      flagged: 'not ready in 600s: exited 1',
    });
  });
});
