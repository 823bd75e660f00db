import { describe, expect, it } from '@jest/globals';
import { aDeployment } from '../../testing/host-process.js';
import { answerTo, launchOf, planSlot, type Running, weightsOf } from './slot.js';

const one = aDeployment('1.0.0', 100);
const two = aDeployment('2.0.0', 100);

const running = (desired: typeof one, more: Partial<Running> = {}): Running => ({
  instanceId: `instance of ${desired.version}`,
  deploymentId: desired.deploymentId,
  launch: launchOf(desired),
  weight: desired.weight,
  status: 'ready',
  readyReplicas: 1,
  ...more,
});
const failed = { status: 'failed', readyReplicas: 0 } as const;

describe('planSlot', () => {
  it('starts what does not run yet and leaves what does', () => {
    expect(planSlot([one, two], [running(one)])).toEqual({ start: [two], drain: [] });
    expect(planSlot([one], [running(one)])).toEqual({ start: [], drain: [] });
  });

  it('keeps a predecessor until its replacement is ready', () => {
    const replaced = (status: Running['status']) => planSlot([two], [running(one), running(two, { status })]).drain;
    expect(replaced('fetching')).toEqual([]);
    expect(replaced('starting')).toEqual([]);
    expect(replaced('failed')).toEqual([]);
    expect(replaced('ready')).toEqual(['instance of 1.0.0']);
  });

  it('does not wait for what gets no traffic', () => {
    const idle = { ...two, weight: 0 };
    expect(
      planSlot([one, idle], [running(one), running(idle, failed), running(aDeployment('0.9.0', 0))]).drain,
    ).toEqual(['instance of 0.9.0']);
  });

  it('takes everything away when nothing is desired', () => {
    expect(planSlot([], [running(one), running(two, failed)]).drain).toHaveLength(2);
  });

  it('replaces a deployment whose launch changed, not one whose weight or slot version did', () => {
    expect(planSlot([{ ...one, config: { LEVEL: 'debug' } }], [running(one)]).start).toHaveLength(1);
    expect(
      planSlot([{ ...one, weight: 100, slotVersion: 9, artifactUrl: 'http://other' }], [running(one)]).start,
    ).toEqual([]);
  });
});

describe('weightsOf', () => {
  const weights = (...args: Parameters<typeof weightsOf>) => Object.fromEntries(weightsOf(...args));

  it('are those desired when all are ready', () => {
    const desired = [aDeployment('1.0.0', 80), aDeployment('2.0.0', 20)];
    expect(
      weights(
        desired,
        desired.map((each) => running(each)),
      ),
    ).toEqual({
      'instance of 1.0.0': 80,
      'instance of 2.0.0': 20,
    });
  });

  it('leave out what is not ready', () => {
    const desired = [aDeployment('1.0.0', 80), aDeployment('2.0.0', 20)];
    const instances = [running(desired[0] as typeof one), running(desired[1] as typeof one, failed)];
    expect(weights(desired, instances)).toEqual({ 'instance of 1.0.0': 80 });
  });

  it('give a predecessor the share of a replacement that is not ready', () => {
    expect(weights([two], [running(one), running(two, failed)])).toEqual({ 'instance of 1.0.0': 100 });
    expect(weights([two], [running(one), running(two)])).toEqual({ 'instance of 1.0.0': 0, 'instance of 2.0.0': 100 });
  });
});

describe('answerTo', () => {
  const desired = { generation: 2, deployments: [one] };

  it('applies a first and a higher generation', () => {
    expect(answerTo(undefined, desired)).toBe('apply');
    expect(answerTo({ ...desired, generation: 1 }, desired)).toBe('apply');
  });

  it('knows a repeated body, in any order of keys', () => {
    expect(answerTo(desired, { deployments: [{ ...one }], generation: 2 })).toBe('unchanged');
    expect(answerTo(desired, { generation: 2, deployments: [] })).toBe('generation_reused');
  });

  it('refuses a lower generation', () => {
    expect(answerTo(desired, { ...desired, generation: 1 })).toBe('stale_generation');
  });
});
