import { describe, expect, it } from '@jest/globals';
import type { ClosedGate } from '@signalbox/domain';
import {
  aCanary,
  aDeployment,
  aRunning,
  defaultSteps,
  facts,
  judged,
  later,
  seen,
  start,
} from '../../testing/rollouts.js';
import type { Asked } from '../../testing/rollouts.js';
import type { Deployment } from './deployment.js';
import { takeBack } from './ending.js';
import type { Facts } from './facts.js';
import { step } from './rollout.js';

const gate = (more: Partial<ClosedGate> = {}): ClosedGate => ({
  code: 'window_closed',
  detail: 'freeze "holidays"',
  inFlight: 'pause',
  ...more,
});
const at = (seconds: number, more: Partial<Facts> = {}): Facts => facts({ now: later(seconds), ...more });

describe('a rollout that waits', () => {
  it.each<[string, Asked, Partial<Facts>, object]>([
    ['starts', {}, {}, { status: 'starting' }],
    [
      'is overtaken when another version runs',
      {},
      { current: aRunning('1.0.5') },
      {
        status: 'ended',
        ended: { outcome: 'cancelled', reason: 'overtaken', detail: '1.0.5 runs in production by now' },
      },
    ],
    [
      'is overtaken also as a rollback',
      { mode: 'rollback' },
      { current: undefined },
      { ended: { reason: 'overtaken', detail: 'nothing runs in production by now' } },
    ],
    [
      'is refused by a closed gate',
      {},
      { gates: [gate()] },
      {
        ended: {
          outcome: 'cancelled',
          reason: 'gate_closed',
          retryAfter: later(5).toISOString(),
          blockers: [{ code: 'window_closed' }],
        },
      },
    ],
    [
      'is asked again when the gate lifts sooner',
      {},
      { gates: [gate({ liftsAt: later(2).toISOString() })] },
      { ended: { retryAfter: later(2).toISOString() } },
    ],
    [
      'is refused by quarantine',
      {},
      { gates: [gate({ code: 'quarantined', inFlight: 'abort' })] },
      { ended: { reason: 'gate_closed', blockers: [{ code: 'quarantined' }] } },
    ],
    ['waits while the gates are not known', {}, { areGatesKnown: false }, { status: 'waiting' }],
    ['waits for a missing secret', {}, { missingSecrets: ['DATABASE_URL'] }, { status: 'waiting' }],
    ['waits while another rollout is there', {}, { isOccupied: true }, { status: 'waiting' }],
    [
      'waits for a missing secret as long as it takes',
      {},
      { missingSecrets: ['DATABASE_URL'], now: later(86_400) },
      { status: 'waiting' },
    ],
    [
      'waits for a missing secret as a rollback',
      { mode: 'rollback' },
      { missingSecrets: ['DATABASE_URL'], now: later(600) },
      { status: 'waiting' },
    ],
    [
      'fails as a rollback that could not begin before its deadline',
      { mode: 'rollback' },
      { missingSecrets: ['DATABASE_URL'], now: later(601) },
      {
        status: 'ended',
        ended: {
          outcome: 'failed',
          reason: 'progress_deadline',
          detail: 'could not begin in 600s: DATABASE_URL is not set',
        },
      },
    ],
    [
      'passes every gate as a rollback',
      { mode: 'rollback' },
      { gates: [gate()], areGatesKnown: false },
      { status: 'starting' },
    ],
  ])('%s', (_, asked, more, expected) => {
    expect(step(aDeployment(asked), facts(more))).toMatchObject(expected);
  });

  it('has no steps as first installation or rollback', () => {
    expect(aDeployment({ expectedCurrent: undefined })).toMatchObject({
      steps: [],
      flagged: expect.stringContaining('no baseline'),
    });
    expect(aDeployment({ mode: 'rollback' }).steps).toEqual([]);
  });
});

describe('a rollout that starts', () => {
  const starting = (asked: Asked = {}) =>
    aDeployment(asked, { status: 'starting', startingSince: start.toISOString() });
  const unreachable = {
    status: 'failed' as const,
    failure: { code: 'artifact_unavailable' as const, message: 'the store answered 503', lastLines: [] },
  };
  const recreate: Asked = { production: { strategy: 'recreate' } };

  it.each<[string, Deployment, Facts, object]>([
    [
      'begins its steps once ready',
      starting(),
      at(0, { observed: seen() }),
      { status: 'stepping', step: 0, exposed: false },
    ],
    [
      'takes all traffic where it has no steps',
      starting(recreate),
      at(0, { observed: seen() }),
      { status: 'finishing', weight: 100, exposed: true },
    ],
    [
      'does not believe what it saw before its state was put',
      starting(),
      at(0, { observed: seen(), isPut: false }),
      { status: 'starting' },
    ],
    [
      'goes back when it does not start',
      starting(),
      at(0, {
        observed: seen({
          status: 'failed',
          failure: { code: 'exited', message: 'exited 1', lastLines: ['no database'] },
        }),
      }),
      {
        status: 'taking_back',
        exposed: false,
        back: { outcome: 'failed', reason: 'not_ready', detail: 'exited 1', lastLines: ['no database'] },
      },
    ],
    [
      'waits while the host cannot have the artifact',
      starting(),
      at(0, { observed: seen(unreachable) }),
      { status: 'starting', trouble: 'the store answered 503' },
    ],
    [
      'goes back after its deadline with what kept it waiting',
      { ...starting(), trouble: 'the store answered 503' },
      at(601, { observed: seen(unreachable) }),
      { status: 'taking_back', back: { detail: 'not ready in 600s: the store answered 503' } },
    ],
    [
      'forgets what kept it waiting once the host has it',
      { ...starting(), trouble: 'the store answered 503' },
      at(601, { observed: seen({ status: 'starting' }) }),
      { status: 'taking_back', back: { detail: 'not ready in 600s' } },
    ],
    ['has until its progress deadline', starting(), at(600), { status: 'starting' }],
    [
      'goes back after it',
      starting(),
      at(601),
      { status: 'taking_back', back: { reason: 'progress_deadline', detail: 'not ready in 600s' } },
    ],
  ])('%s', (_, deployment, around, expected) => {
    expect(step(deployment, around)).toMatchObject(expected);
  });
});

describe('a step', () => {
  it.each<[string, Deployment, Facts, object]>([
    [
      'sets the weight',
      aCanary(defaultSteps, 0, { weight: 0, exposed: false }),
      facts(),
      { weight: 20, weightStep: 0, exposed: true, step: 0 },
    ],
    ['is done when the weight is put', aCanary(defaultSteps, 0), facts(), { step: 1 }],
    ['is not done before', aCanary(defaultSteps, 0), facts({ isPut: false }), { step: 0 }],
    [
      'waits for a verdict',
      aCanary(defaultSteps, 1, judged(1, 'inconclusive', 0, later(55))),
      at(59),
      { status: 'stepping', step: 1 },
    ],
    ['is done when it has passed', aCanary(defaultSteps, 1, judged(2, 'passed')), at(5), { step: 2 }],
    [
      'wants the verdict of its own weight',
      aCanary(defaultSteps, 1, { weightStep: 2, ...judged(2, 'passed', 0) }),
      at(5),
      { step: 1 },
    ],
    ['pauses for its time', aCanary([{ pause: { duration: '30s' } }], 0), at(29), { status: 'stepping', step: 0 }],
    ['is done after the pause', aCanary([{ pause: { duration: '30s' } }], 0), at(30), { step: 1 }],
    [
      'pauses until somebody comes',
      aCanary([{ pause: {} }], 0),
      facts(),
      { status: 'paused', pausedFor: { reason: 'pause', blockers: [{ code: 'manual_gate', who: 'a person' }] } },
    ],
    [
      'waits for its team',
      aCanary([{ manualGate: { team: 'leads' } }], 0),
      facts(),
      { status: 'paused', pausedFor: { reason: 'manual_gate', detail: 'step 1 waits for leads' } },
    ],
    [
      'does not wait for ever',
      aCanary([{ manualGate: { team: 'leads' } }], 0),
      at(72 * 3_600 + 1),
      { status: 'taking_back', back: { outcome: 'failed', reason: 'pause_expired' } },
    ],
    [
      'after the last takes all traffic',
      aCanary(defaultSteps, 3, { weight: 50 }),
      facts(),
      { status: 'finishing', weight: 100 },
    ],
  ])('%s', (_, deployment, around, expected) => {
    expect(step(deployment, around)).toMatchObject(expected);
  });

  it('says nothing new twice', () => {
    const paused = step(aCanary([{ pause: {} }], 0), facts());
    expect(step(paused, at(10))).toBe(paused);
  });
});

describe('the end', () => {
  const finishing = aCanary(defaultSteps, 3, { status: 'finishing', weight: 100 });

  it.each<[string, Facts, string]>([
    ['comes when it has all traffic', at(1, { observed: seen({ weight: 100 }) }), 'ended'],
    ['waits for the host', at(1, { observed: seen({ weight: 100 }), isPut: false }), 'finishing'],
    ['waits for the traffic', at(1, { observed: seen({ weight: 50 }) }), 'finishing'],
    ['waits for readiness', at(1, { observed: seen({ weight: 100, status: 'starting' }) }), 'finishing'],
    ['is to go back when it is never ready', at(601, { observed: seen({ status: 'starting' }) }), 'taking_back'],
  ])('%s', (_, around, status) => {
    expect(step(finishing, around).status).toBe(status);
  });

  it('of going back comes when it serves nobody', () => {
    const back = takeBack(aCanary(defaultSteps, 1), start, { outcome: 'failed', reason: 'R' });
    expect(step(back, facts({ hasLooked: false }))).toBe(back);
    expect(step(back, facts({ isPut: false }))).toBe(back);
    expect(step(back, facts({ observed: seen({ weight: 20 }) }))).toBe(back);
    expect(step(back, facts())).toMatchObject({ status: 'ended', ended: { outcome: 'failed', reason: 'R' } });
  });

  it('is final, and a rollout that only waited has nothing to take back', () => {
    const ended = takeBack(aDeployment(), start, { outcome: 'cancelled' });
    expect(ended.status).toBe('ended');
    expect(step(ended, facts())).toBe(ended);
    expect(takeBack(ended, start, { outcome: 'failed' })).toBe(ended);
  });
});
