import { describe, expect, it } from '@jest/globals';
import type { ClosedGate } from '@signalbox/domain';
import { aCanary, aDeployment, aJudgement, defaultSteps, facts, judged, later, start } from '../../testing/rollouts.js';
import type { Deployment } from './deployment.js';
import type { Facts } from './facts.js';
import { isPromotable, judge, step } from './rollout.js';

const gate = (more: Partial<ClosedGate> = {}): ClosedGate => ({
  code: 'window_closed',
  detail: 'freeze "holidays"',
  inFlight: 'pause',
  ...more,
});
const promotion = (more: Partial<NonNullable<Deployment['promotion']>> = {}) => ({
  by: 'prn_ann',
  reason: 'R',
  full: false,
  teams: [],
  ...more,
});
const analysing = (production: Record<string, unknown>, more: Partial<Deployment> = {}): Deployment => ({
  ...aDeployment({ production: { strategy: { canary: { steps: defaultSteps } }, ...production } }),
  status: 'stepping',
  step: 1,
  stepSince: start.toISOString(),
  weight: 20,
  exposed: true,
  ...judged(1, 'inconclusive'),
  ...more,
});
const at = (seconds: number, more: Partial<Facts> = {}): Facts => facts({ now: later(seconds), ...more });
const heardAt = (seconds: number) => judged(1, 'inconclusive', 0, later(seconds));

describe('a gate that closes in the middle', () => {
  const canary = aCanary([{ pause: { duration: '30s' } }], 0);

  it('pauses at the weight, and the time of the pause does not count', () => {
    const paused = step(canary, at(10, { gates: [gate()] }));
    expect(paused).toMatchObject({
      status: 'paused',
      weight: 20,
      pausedFor: { reason: 'gate_closed', blockers: [{ code: 'window_closed' }] },
    });
    const resumed = step(paused, at(110));
    expect(resumed).toMatchObject({ status: 'stepping', step: 0, stepSince: later(100).toISOString() });
    expect(resumed.pausedFor).toBeUndefined();
    expect(step(resumed, at(129)).step).toBe(0);
    expect(step(resumed, at(130)).step).toBe(1);
  });

  it.each<[string, Partial<Facts>, object]>([
    ['lets it finish', { gates: [gate({ inFlight: 'finish' })] }, { step: 1 }],
    [
      'takes it back',
      { gates: [gate(), gate({ inFlight: 'abort', detail: 'stop' })] },
      { status: 'taking_back', weight: 0, back: { outcome: 'cancelled', reason: 'gate_closed', detail: 'stop' } },
    ],
    [
      'is not known',
      { areGatesKnown: false },
      { status: 'paused', pausedFor: { blockers: [{ code: 'gates_unknown' }] } },
    ],
  ])('and %s', (_, more, expected) => {
    expect(step(canary, at(60, more))).toMatchObject(expected);
  });
});

describe('a judgement', () => {
  const canary = aCanary([{ pause: {} }], 0, judged(3, 'inconclusive'));

  it('that failed takes the rollout back at once, also in a pause and behind a closed gate', () => {
    const paused = step(canary, facts());
    const failed = judge(paused, aJudgement(4, 'failed'), start);
    expect(step(failed, facts({ gates: [gate()] }))).toMatchObject({
      status: 'taking_back',
      weight: 0,
      back: { outcome: 'failed', reason: 'analysis_failed', detail: '37 of 376 requests (failed)' },
    });
  });

  it.each([2, 3])('number %d after number 3 is late and ignored', (number) => {
    expect(judge(canary, aJudgement(number, 'failed'), start)).toBe(canary);
  });

  it('of a rollout that is over or going back is ignored', () => {
    for (const status of ['taking_back', 'finishing', 'ended'] as const) {
      const over = { ...canary, status };
      expect(judge(over, aJudgement(9, 'failed'), start)).toBe(over);
    }
  });
});

describe('an analysis without a verdict in its time', () => {
  it.each([
    [
      'pause',
      {
        status: 'paused',
        weight: 20,
        pausedFor: {
          reason: 'analysis_inconclusive',
          blockers: [{ code: 'analysis_inconclusive', detail: '37 of 376 requests (inconclusive)' }],
        },
      },
    ],
    ['promote_flagged', { status: 'stepping', step: 2, flagged: 'inconclusive: 37 of 376 requests (inconclusive)' }],
    ['roll_back', { status: 'taking_back', back: { outcome: 'failed', reason: 'analysis_inconclusive' } }],
  ])('is taken as %s', (onInconclusive, expected) => {
    expect(step(analysing({ analysis: { onInconclusive } }, heardAt(55)), at(60))).toMatchObject(expected);
  });

  it('does not wait for one for ever', () => {
    const limitSeconds = 60 + 72 * 3_600;
    const heard = heardAt(limitSeconds - 5);
    expect(step(analysing({}, heard), at(limitSeconds)).status).toBe('paused');
    expect(step(analysing({}, heard), at(limitSeconds + 1))).toMatchObject({
      status: 'taking_back',
      back: { outcome: 'failed', reason: 'pause_expired', detail: 'step 2 waited too long' },
    });
  });

  it('goes on when traffic brings the verdict after all', () => {
    const paused = step(analysing({}, heardAt(55)), at(60));
    const passed = judge(paused, aJudgement(2, 'passed'), later(61));
    expect(step(passed, at(61))).toMatchObject({ status: 'stepping', step: 2 });
  });
});

describe('a silent monitor', () => {
  const canary = (onSilence: string) =>
    analysing({
      strategy: { canary: { steps: [{ pause: { duration: '1h' } }, { pause: { duration: '1h' } }] } },
      analysis: { onSilence },
    });

  it.each<[string, number, object]>([
    ['roll_back', 29, { status: 'stepping' }],
    [
      'roll_back',
      30,
      { status: 'paused', pausedFor: { reason: 'analysis_silent', detail: 'the monitor does not judge' } },
    ],
    ['roll_back', 91, { status: 'taking_back', back: { reason: 'analysis_silent', detail: 'no judgement for 91s' } }],
    ['pause', 91, { status: 'paused', pausedFor: { reason: 'analysis_silent' } }],
  ])('with %s, after %d s', (onSilence, seconds, expected) => {
    expect(step(canary(onSilence), at(seconds))).toMatchObject(expected);
  });

  it('is one that did not judge while the deployer listened', () => {
    expect(step(canary('roll_back'), at(100, { hearsSince: later(80) })).status).toBe('stepping');
    expect(step(canary('roll_back'), at(100, { hearsSince: undefined })).status).toBe('stepping');
  });

  it('that judges again lets it go on', () => {
    const paused = step(canary('roll_back'), at(31));
    expect(step(judge(paused, aJudgement(2, 'inconclusive'), later(32)), at(32))).toMatchObject({ status: 'stepping' });
  });
});

describe('a promotion', () => {
  const gated = aCanary([{ manualGate: { team: 'leads' } }, { setWeight: 50 }], 0);
  const guarded = aCanary([{ pause: {} }, { setWeight: 50 }, { manualGate: { team: 'leads' } }], 0);
  const paused = aCanary([{ pause: {} }, { setWeight: 50 }, { pause: {} }], 0);

  it.each<[string, Deployment, object]>([
    [
      'goes past a pause',
      { ...paused, promotion: promotion() },
      { status: 'stepping', step: 1, overridden: { by: 'prn_ann', reason: 'R' } },
    ],
    ['goes past everything', { ...paused, promotion: promotion({ full: true }) }, { step: 3 }],
    [
      'goes past everything before the gate of another team',
      { ...guarded, promotion: promotion({ full: true }) },
      { step: 2 },
    ],
    ['does not go past the gate of another team', { ...gated, promotion: promotion({ full: true }) }, { step: 0 }],
    ['of the team goes past its gate', { ...gated, promotion: promotion({ teams: ['leads'] }) }, { step: 1 }],
    ['of another team does not', { ...gated, promotion: promotion({ teams: ['shop'] }) }, { step: 0 }],
  ])('%s', (_, deployment, expected) => {
    const next = step(deployment, facts());
    expect(next).toMatchObject(expected);
    expect(next.promotion).toBeUndefined();
  });

  it('does not go past a closed gate, nor past a failed judgement', () => {
    const promoted = { ...paused, promotion: promotion({ full: true }) };
    expect(step(promoted, facts({ gates: [gate()] }))).toMatchObject({ status: 'paused', weight: 20 });
    expect(step({ ...promoted, ...judged(1, 'failed') }, facts())).toMatchObject({ status: 'taking_back' });
  });

  it('is for the step that was seen alone, unless it is for every step', () => {
    const at = (seen: number | undefined, full = false) =>
      isPromotable({ ...paused, step: 2 }, { full, ...(seen !== undefined && { step: seen }) });
    expect([at(2), at(undefined), at(0), at(1), at(0, true)]).toEqual([true, true, false, false, true]);
  });

  it('does not need the monitor', () => {
    expect(step({ ...paused, ...judged(1, 'inconclusive'), promotion: promotion() }, at(50)).step).toBe(1);
  });
});
