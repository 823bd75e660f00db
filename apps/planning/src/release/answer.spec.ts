import { describe, expect, it } from '@jest/globals';
import { releaseCompleted, releaseFailed, releaseRolledBack, stageRequested } from '@signalbox/domain';
import type { StageStatus } from '@signalbox/domain';
import {
  aDefinition,
  anAnswer,
  aPlanned,
  aRunning,
  aWorld,
  later,
  running,
  start,
  until,
} from '../../testing/releases.js';
import { emptySlot, take } from '../slot/slot.js';
import { advance, goOn } from './advance.js';
import { consequenceOf, stageAnswered, stageHeard } from './answer.js';
import { look } from './look.js';
import type { Release } from './release.js';
import { retryStage } from './retry.js';

const statusOf = (release: Release, key: string): StageStatus | undefined => release.stages[key]?.status;
const types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);
const answered = (release: Release, key: string, more: Parameters<typeof anAnswer>[2] = {}, now = start) =>
  stageAnswered(release, anAnswer(release, key, more), aWorld({ now }));
const shown = { rollback: { exposed: true, target: '0.9.0' } };

describe('an answer', () => {
  it('takes the release to the next group', () => {
    const { next, events } = answered(running('build'), 'build');
    expect([next.status, statusOf(next, 'build'), statusOf(next, 'deploy-staging')]).toEqual([
      'running',
      'succeeded',
      'requested',
    ]);
    expect(types(events)).toContain(stageRequested.type);
  });

  it('is taken without a start before it', () => {
    expect(statusOf(answered(until('build'), 'build').next, 'build')).toBe('succeeded');
  });

  it('completes the release after the last stage, and gives every slot back', () => {
    const { next, events, slots } = answered(until('feedback'), 'feedback');
    expect(next.status).toBe('completed');
    expect(types(events)).toContain(releaseCompleted.type);
    expect(slots).toEqual(['staging', 'production'].map((environment) => ({ environment, action: 'give_back' })));
  });

  it('asks for a tag where the definition does', () => {
    const release = until('feedback', aPlanned(aDefinition({ version: { createTag: true } })));
    expect(answered(release, 'feedback').next.tag).toEqual({ name: 'v1.0.0', done: false });
  });

  it('of another attempt changes nothing', () => {
    const release = running('test-staging');
    for (const attempt of [0, 2]) expect(answered(release, 'test-staging', { attempt }).next).toBe(release);
    expect(answered(release, 'build', { attempt: 1 }).next).toBe(release);
    expect(stageHeard(release, { stage: 'build', attempt: 1 }, start)).toBe(release);
  });

  it('remembers since when an executor waits for the same', () => {
    const waits = (release: Release, seconds: number, ...codes: string[]) => {
      const blockers = codes.map((code) => ({ code, detail: `told after ${seconds}s` }));
      return stageHeard(release, { stage: 'deploy-production', attempt: 1, blockers }, later(seconds));
    };
    const since = (release: Release) => release.stages['deploy-production']?.blockedSince;
    const first = waits(running('deploy-production'), 10, 'analysis_inconclusive');
    expect(since(first)).toBe(later(10).toISOString());
    const still = waits(first, 20, 'analysis_inconclusive');
    expect(since(still)).toBe(later(10).toISOString());
    expect(since(waits(still, 30, 'manual_gate'))).toBe(later(30).toISOString());
    expect(since(waits(waits(still, 30), 40, 'analysis_inconclusive'))).toBe(later(40).toISOString());
  });

  it('that says no fails the release with its cause', () => {
    const { next, events } = answered(running('test-staging'), 'test-staging', {
      outcome: 'failed',
      reason: 'tests_failed',
      detail: '2 of 42',
    });
    expect(next).toMatchObject({
      status: 'failed',
      cause: { code: 'tests_failed', detail: '2 of 42', stage: 'test-staging' },
    });
    expect([statusOf(next, 'deploy-production'), types(events).includes(releaseFailed.type)]).toEqual([
      'pending',
      true,
    ]);
  });

  it.each([
    ['build', 'succeeded without an artifact'],
    ['deploy-staging', 'succeeded without what is live'],
  ])('of %s without its output is no success', (key, detail) => {
    const { stages } = answered(running(key), key, { outputs: {} }).next;
    expect(stages[key]).toMatchObject({ detail: expect.stringContaining(detail) });
    expect(stages[key]?.status).not.toBe('succeeded');
  });

  it('of feedback that errors for good does not fail the release', () => {
    let release = until('feedback');
    for (const seconds of [0, 10, 20]) {
      release = look(release, aWorld({ now: later(seconds) })).next;
      release = answered(release, 'feedback', { outcome: 'errored' }, later(seconds)).next;
    }
    expect(release.status).toBe('completed');
  });
});

describe('a retry by policy', () => {
  it('is of what errored, after 5 s, three attempts in all', () => {
    let release = running('test-staging');
    for (const [index, expected] of (['blocked', 'blocked', 'errored'] as const).entries()) {
      const now = later(index * 10);
      release = look(release, aWorld({ now })).next;
      expect(release.stages['test-staging']).toMatchObject({
        status: index === 0 ? 'running' : 'requested',
        attempt: index + 1,
      });
      release = answered(release, 'test-staging', { outcome: 'errored', detail: 'lease lost' }, now).next;
      expect(statusOf(release, 'test-staging')).toBe(expected);
      if (expected === 'blocked') {
        expect(release.stages['test-staging']?.notBefore).toBe(later(index * 10 + 5).toISOString());
        expect(look(release, aWorld({ now: later(index * 10 + 4) })).next).toBe(release);
      }
    }
    expect(release.status).toBe('failed');
  });

  it('is never of a deployment', () => {
    const { next } = answered(running('deploy-staging'), 'deploy-staging', { outcome: 'errored' });
    expect([next.status, statusOf(next, 'deploy-staging')]).toEqual(['failed', 'errored']);
  });

  it('does not count gates that closed', () => {
    let release = running('test-staging');
    for (let turn = 0; turn < 4; turn += 1) {
      release = answered(
        release,
        'test-staging',
        { outcome: 'cancelled', reason: 'gate_closed' },
        later(turn * 10),
      ).next;
      expect(statusOf(release, 'test-staging')).toBe('blocked');
      release = look(release, aWorld({ now: later(turn * 10 + 5) })).next;
      expect(statusOf(release, 'test-staging')).toBe('requested');
    }
    expect(statusOf(answered(release, 'test-staging', { outcome: 'errored' }, later(50)).next, 'test-staging')).toBe(
      'blocked',
    );
  });

  it('waits until the gate is said to lift', () => {
    const retryAfter = later(600).toISOString();
    const refused = answered(running('deploy-staging'), 'deploy-staging', {
      outcome: 'cancelled',
      reason: 'gate_closed',
      retryAfter,
    });
    expect(refused.next.stages['deploy-staging']).toMatchObject({ status: 'blocked', notBefore: retryAfter });
    expect(refused.slots).toEqual([{ environment: 'staging', action: 'give_back' }]);
    const inUse = answered(running('test-staging'), 'test-staging', { outcome: 'cancelled', reason: 'gate_closed' });
    expect(inUse.slots).toEqual([]);
  });
});

describe('a retry by a person', () => {
  const because = (reason: string) => ({ principal: 'prn_ann', name: 'ann', kind: 'person', reason });
  const failed = () => answered(running('test-staging'), 'test-staging', { outcome: 'failed' }).next;

  it('begins the stage and every later one again', () => {
    const retried = advance(retryStage(failed(), 'test-staging', because('flaky'), {}), aWorld()).next;
    expect(retried).toMatchObject({
      status: 'running',
      stages: { 'test-staging': { status: 'requested', attempt: 2 } },
    });
    expect(retried.cause).toBeUndefined();
    const earlier = retryStage(
      answered(running('deploy-staging'), 'deploy-staging', { outcome: 'failed' }).next,
      'deploy-staging',
      because('R'),
      {},
    );
    expect([statusOf(earlier, 'build'), statusOf(earlier, 'test-staging')]).toEqual(['succeeded', 'pending']);
  });

  it('is told with the request for the stage, with who wanted it and why, and for no later stage', () => {
    const { next, events } = goOn(
      { next: retryStage(failed(), 'test-staging', because('flaky'), {}), events: [], slots: [] },
      aWorld(),
    );
    expect(next.stages['test-staging']?.retriedBy).toEqual(because('flaky'));
    expect(events.map(({ content }) => content)).toContainEqual(
      expect.objectContaining({ stage: 'test-staging', retriedBy: because('flaky') }),
    );
    const later = answered(running('test-staging', next), 'test-staging').events;
    expect(later.map(({ content }) => content).filter((content) => 'retriedBy' in content)).toEqual([]);
  });

  it('of a test begins with the deployment where another release is live by now, and keeps the slot', () => {
    const live = { ...emptySlot('shop', 'staging'), current: aRunning('1.1.0', 2, 'rel_2') };
    const redeployed = retryStage(failed(), 'test-staging', because('flaky'), { staging: live });
    expect([statusOf(redeployed, 'deploy-staging'), statusOf(redeployed, 'test-staging')]).toEqual([
      'pending',
      'pending',
    ]);
    const mine = { staging: { ...live, current: aRunning('1.0.0', 1, 'rel_1') } };
    const again = goOn(
      { next: retryStage(failed(), 'test-staging', because('flaky'), mine), events: [], slots: [] },
      aWorld(),
    );
    expect(again.slots).toEqual([{ environment: 'staging', action: 'keep' }]);
    const held = take(emptySlot('shop', 'staging'), { id: 'rel_2', version: '1.1.0' }, start).next;
    const waiting = advance(
      retryStage(failed(), 'test-staging', because('flaky'), {}),
      aWorld({ slots: { staging: held } }),
    );
    expect(waiting.next.stages['test-staging']).toMatchObject({
      status: 'blocked',
      blockers: [{ code: 'environment_busy' }],
    });
  });

  it.each<[string, Release, string, object]>([
    [
      'a stage that runs',
      running('build'),
      'build',
      { code: 'conflict', more: expect.objectContaining({ allowedTransitions: expect.arrayContaining(['failed']) }) },
    ],
    [
      'a stage that succeeded',
      failed(),
      'build',
      { code: 'conflict', more: expect.objectContaining({ allowedTransitions: ['pending'] }) },
    ],
    ['a stage that is not there', failed(), 'nothing', { code: 'not_found' }],
  ])('of %s is refused', (_, release, key, error) => {
    expect(() => retryStage(release, key, because('R'), {})).toThrow(expect.objectContaining(error));
  });
});

describe('what users have seen and was taken back', () => {
  const canary = () => running('deploy-production');

  it('rolls the release back, whatever the outcome is called', () => {
    for (const [outcome, reason] of [
      ['failed', 'analysis_failed'],
      ['cancelled', 'gate_closed'],
    ] as const) {
      const { next, events } = answered(canary(), 'deploy-production', { outcome, reason, outputs: shown });
      expect(next).toMatchObject({ status: 'rolled_back', cause: { code: reason } });
      expect(types(events)).toContain(releaseRolledBack.type);
      expect(consequenceOf(canary(), next, { stage: 'deploy-production', attempt: 1 })).toEqual({
        takenBackIn: 'production',
      });
    }
  });

  it('fails the release when nobody had seen it', () => {
    const { next } = answered(canary(), 'deploy-production', {
      outcome: 'failed',
      outputs: { rollback: { exposed: false } },
    });
    expect(next.status).toBe('failed');
    expect(consequenceOf(canary(), next, { stage: 'deploy-production', attempt: 1 })).toEqual({});
  });
});

describe('a deployment that was overtaken', () => {
  it('fails the release: what is live is another', () => {
    const { next } = answered(running('deploy-staging'), 'deploy-staging', {
      outcome: 'cancelled',
      reason: 'overtaken',
    });
    expect(next).toMatchObject({ status: 'failed', cause: { code: 'overtaken' } });
  });
});

describe('a failed watch', () => {
  it('asks for the rollback and leaves the release to it', () => {
    const release = running('monitor-production');
    const { next } = answered(release, 'monitor-production', { outcome: 'failed' });
    expect([next.status, statusOf(next, 'feedback')]).toEqual(['running', 'pending']);
    expect(consequenceOf(release, next, { stage: 'monitor-production', attempt: 1 })).toEqual({
      rollBackIn: 'production',
    });
  });

  it('only alerts where the definition says so', () => {
    const alerting = aPlanned(aDefinition({ environments: { production: { watch: { onFailure: 'alert' } } } }));
    const release = running('monitor-production', alerting);
    const { next } = answered(release, 'monitor-production', { outcome: 'failed', detail: '3 %' });
    expect(next.stages['monitor-production']).toMatchObject({ status: 'succeeded', detail: 'alert: 3 %' });
    expect(consequenceOf(release, next, { stage: 'monitor-production', attempt: 1 })).toEqual({});
  });
});
