import { describe, expect, it } from '@jest/globals';
import { hasEnded, releaseFailed, releaseRolledBack, stageCancelled, stageRequested } from '@signalbox/domain';
import type { Outcome, Quarantine } from '@signalbox/domain';
import {
  anAnswer,
  aPlanned,
  aRunning,
  aWorld,
  digestOf,
  later,
  outputsFor,
  running,
  start,
  until,
} from '../../testing/releases.js';
import { emptySlot, observe, take } from '../slot/slot.js';
import type { Slot } from '../slot/slot.js';
import { stageAnswered } from './answer.js';
import { look } from './look.js';
import type { Release } from './release.js';
import { rollbackTarget } from './retreat.js';
import { retryStage } from './retry.js';
import { rollbackAnswered, rollbackHeard } from './rollback-answer.js';
import { requestRollback } from './rollback.js';
import { cancelRelease } from './stop.js';

const types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);
const liveAs = (slot: Slot, version: string, slotVersion: number, releaseId: string): Slot =>
  observe(slot, { current: aRunning(version, slotVersion, releaseId), url: 'u', metricsUrl: 'm', slotVersion }).next;
const before = liveAs(liveAs(emptySlot('shop', 'production'), '0.8.0', 1, 'rel_8'), '0.9.0', 2, 'rel_9');
const slot = liveAs(before, '1.0.0', 3, 'rel_1');
const wish = { environment: 'production', reason: 'slow', by: 'prn_ann' };
const quarantine = (version: string, more: Partial<Quarantine> = {}): Quarantine => ({
  quarantineId: 'q',
  application: 'shop',
  version,
  digest: digestOf(version),
  reason: 'R',
  removed: false,
  ...more,
});
const target = (): Release => {
  const release = until('deploy-staging', aPlanned(undefined, '0.9.0', 'rel_9'));
  return { ...release, status: 'completed' };
};
const completed = (): Release => {
  const release = until('feedback');
  return stageAnswered(release, anAnswer(release, 'feedback'), aWorld()).next;
};
const request = (release: Release, at = slot) =>
  requestRollback(release, [{ slot: at, target: target() }], wish, start);
const answer = (release: Release, outcome: Outcome, attempt = 1) =>
  rollbackAnswered(
    release,
    { releaseId: release.id, stage: 'rollback-production', attempt, outcome, detail: 'D' },
    start,
  );

describe('the target of a rollback', () => {
  it.each<[string, string | undefined, Quarantine[], string]>([
    ['is what ran before', undefined, [], '0.9.0'],
    ['skips what is in quarantine', undefined, [quarantine('0.9.0')], '0.8.0'],
    [
      'does not mind quarantine elsewhere or lifted',
      undefined,
      [quarantine('0.9.0', { environment: 'staging' }), quarantine('0.9.0', { removed: true })],
      '0.9.0',
    ],
    ['is the version asked for', '0.8.0', [], '0.8.0'],
  ])('%s', (_, toVersion, quarantines, version) => {
    expect(rollbackTarget(slot, { ...wish, ...(toVersion && { toVersion }) }, quarantines).version).toBe(version);
  });

  it.each<[string, Slot, string | undefined, Quarantine[], string]>([
    ['nothing ran before', liveAs(emptySlot('shop', 'production'), '1.0.0', 1, 'rel_1'), undefined, [], 'no_target'],
    ['all of it is in quarantine', slot, undefined, [quarantine('0.9.0'), quarantine('0.8.0')], 'no_target'],
    ['the version asked for never ran', slot, '0.1.0', [], 'no_target'],
    ['the version asked for is in quarantine', slot, '0.8.0', [quarantine('0.8.0')], 'quarantined'],
  ])('is refused when %s', (_, at, toVersion, quarantines, reason) => {
    const refusal = expect.objectContaining({ code: 'conflict', more: expect.objectContaining({ reason }) });
    expect(() => rollbackTarget(at, { ...wish, ...(toVersion && { toVersion }) }, quarantines)).toThrow(refusal);
  });
});

describe('the refusal of a version in quarantine', () => {
  const refusalOf = (entry: Quarantine) => {
    try {
      return rollbackTarget(slot, { ...wish, toVersion: '0.8.0' }, [entry]);
    } catch (error) {
      return error;
    }
  };
  it('names the version that has to be allowed, which another with the same artifact may be', () => {
    expect(refusalOf(quarantine('0.8.0'))).toMatchObject({
      message: 'shop@0.8.0 is quarantined in production',
      more: { fix: 'release allow shop@0.8.0 --env production --reason R' },
    });
    expect(refusalOf(quarantine('0.7.0', { digest: digestOf('0.8.0') }))).toMatchObject({
      message: 'shop@0.8.0 is quarantined in production as shop@0.7.0, which has the same artifact',
      more: { fix: 'release allow shop@0.7.0 --env production --reason R' },
    });
  });

  it('is of the newest, where all that ran before is quarantined and none was asked for', () => {
    const refusal = (...entries: Quarantine[]) => {
      try {
        return rollbackTarget(slot, wish, entries);
      } catch (error) {
        return error;
      }
    };
    expect(refusal(quarantine('0.8.0'), quarantine('0.9.0'))).toMatchObject({
      message:
        'nothing in production to go back to: shop@0.9.0 is quarantined in production, like all that ran before: 0.9.0, 0.8.0',
      more: { fix: 'release allow shop@0.9.0 --env production --reason R' },
    });
  });
});

describe('a rollback', () => {
  it('tells which versions it passes over, unless the target was asked for', () => {
    const old = { ...target(), id: 'rel_8', version: '0.8.0' };
    const asked = (toVersion?: string) =>
      requestRollback(completed(), [{ slot, target: old }], { ...wish, ...(toVersion && { toVersion }) }, start).next
        .rollback;
    expect(asked()).toMatchObject({ targetVersion: '0.8.0', skipped: ['0.9.0'] });
    expect(asked('0.8.0')).not.toHaveProperty('skipped');
    expect(request(completed()).next.rollback).not.toHaveProperty('skipped');
  });

  it('asks for the old artifact and its definition, and takes the slot', () => {
    const { next, events, slots } = request(completed());
    expect(types(events)).toEqual([stageRequested.type]);
    expect(events[0]?.content).toMatchObject({
      version: '0.9.0',
      stage: 'rollback-production',
      attempt: 1,
      deploy: { mode: 'rollback', slotVersion: 1, expectedCurrent: { version: '1.0.0' }, targetReleaseId: 'rel_9' },
    });
    expect(slots).toEqual([{ environment: 'production', action: 'take' }]);
    expect(request(next)).toEqual({ next, events: [], slots: [] });
  });

  it('makes the release rolled_back when it has succeeded, and only once', () => {
    const { next, events, slots } = answer(request(completed()).next, 'succeeded');
    expect(next).toMatchObject({ status: 'rolled_back', rollback: { outcome: 'succeeded', targetVersion: '0.9.0' } });
    expect(types(events)).toEqual([releaseRolledBack.type]);
    expect(slots).toContainEqual({ environment: 'production', action: 'give_back' });
    expect(answer(next, 'succeeded').next).toBe(next);
  });

  it('that was overtaken or failed leaves a completed release as it was', () => {
    const { next, events } = answer(request(completed()).next, 'cancelled');
    expect([next.status, next.rollback?.outcome, events]).toEqual(['completed', 'cancelled', []]);
    expect(request(next).next.rollback?.attempt).toBe(2);
  });

  it('stops what the release still does, and ends it', () => {
    const asked = request(running('monitor-production'));
    expect(types(asked.events)).toContain(stageCancelled.type);
    expect([asked.next.stages['monitor-production']?.status, asked.next.stages['feedback']?.status]).toEqual([
      'skipped',
      'skipped',
    ]);
    expect(look(asked.next, aWorld()).next.status).toBe('running');
    expect(answer(asked.next, 'succeeded').next.status).toBe('rolled_back');
    const failed = answer(asked.next, 'failed');
    expect(failed.next).toMatchObject({ status: 'failed', cause: { code: 'rollback_failed' } });
    expect(types(failed.events)).toContain(releaseFailed.type);
  });

  it('of a release that had failed leaves it failed', () => {
    const failed = { ...running('monitor-production'), status: 'failed' as const };
    expect(answer(request(failed).next, 'succeeded').next).toMatchObject({
      status: 'failed',
      rollback: { outcome: 'succeeded' },
    });
  });

  it('with another attempt or no answer is not over, until the patience ends', () => {
    const asked = request(completed()).next;
    expect(answer(asked, 'succeeded', 2).next).toBe(asked);
    expect(look(asked, aWorld({ now: later(299) })).next).toBe(asked);
    expect(look(asked, aWorld({ now: later(300) })).next.rollback).toMatchObject({ outcome: 'errored' });
  });

  it('is waited for while the deployer works on it, given up for silence, and counts when it is done all the same', () => {
    const asked = request(completed()).next;
    const heard = rollbackHeard(asked, { stage: 'rollback-production', attempt: 1 }, later(250));
    expect(rollbackHeard(asked, { stage: 'rollback-production', attempt: 2 }, later(250))).toBe(asked);
    expect(look(heard, aWorld({ now: later(549) })).next).toBe(heard);
    const given = look(heard, aWorld({ now: later(550) }));
    expect(given.events).toEqual([
      expect.objectContaining({
        type: stageCancelled.type,
        content: expect.objectContaining({ stage: 'rollback-production', attempt: 1, kind: 'deploy' }),
      }),
    ]);
    expect(answer(given.next, 'cancelled').next).toBe(given.next);
    const done = answer(given.next, 'succeeded');
    expect(done.next).toMatchObject({ status: 'rolled_back', rollback: { outcome: 'succeeded' } });
    expect(types(done.events)).toEqual([releaseRolledBack.type]);
  });

  it('is given up after an hour, whatever the deployer says', () => {
    const asked = request(completed()).next;
    const heard = rollbackHeard(asked, { stage: 'rollback-production', attempt: 1 }, later(3_590));
    expect(look(heard, aWorld({ now: later(3_599) })).next).toBe(heard);
    expect(look(heard, aWorld({ now: later(3_600) })).next.rollback).toMatchObject({ outcome: 'errored' });
    const wasDeaf = aWorld({ now: later(7_200), hearsSince: later(7_190) });
    expect(look(heard, wasDeaf).next).toBe(heard);
  });

  it('that is done when somebody has tried the release again meanwhile ends that too', () => {
    const release = running('monitor-production');
    const alarm = anAnswer(release, 'monitor-production', { outcome: 'failed' });
    const asked = request(stageAnswered(release, alarm, aWorld()).next).next;
    const failed = look(asked, aWorld({ now: later(300) })).next;
    expect(failed.status).toBe('failed');
    const again = retryStage(
      failed,
      'monitor-production',
      { principal: 'p', name: 'a', kind: 'person', reason: 'R' },
      {},
    );
    const done = answer(again, 'succeeded');
    expect(done.next).toMatchObject({ status: 'rolled_back', rollback: { outcome: 'succeeded' } });
    expect(Object.values(done.next.stages).filter(({ status }) => !hasEnded(status))).toEqual([]);
    expect(types(done.events)).toContain(releaseRolledBack.type);
  });

  it('that is done while the release deploys elsewhere again ends with what that answers', () => {
    const release = { ...running('deploy-production'), status: 'running' as const };
    const requestedAt = start.toISOString();
    const given = { environment: 'staging', reason: 'slow', by: 'p', attempt: 1, targetReleaseId: 'rel_9' };
    const rollback = { ...given, targetVersion: '0.9.0', slotVersion: 4, requestedAt, endedAt: requestedAt };
    const late = rollbackAnswered(
      { ...release, rollback: { ...rollback, outcome: 'errored' } },
      { releaseId: release.id, stage: 'rollback-staging', attempt: 1, outcome: 'succeeded' },
      start,
    );
    expect(late.next).toMatchObject({
      status: 'running',
      cancelRequested: { by: 'signalbox' },
      stages: { 'deploy-production': { status: 'cancelling' } },
      rollback: { outcome: 'succeeded' },
    });
    expect(types(late.events)).toContain(stageCancelled.type);
    expect(late.slots).toEqual([]);
  });

  it('of a release that is being cancelled is its end, not the cancel', () => {
    const cancelling = cancelRelease(running('monitor-production'), 'prn_ann', 'R', start).next;
    expect(cancelling.stages['monitor-production']?.status).toBe('cancelling');
    const asked = request(cancelling).next;
    expect(look(asked, aWorld({ now: later(10) })).next).toBe(asked);
    expect(answer(asked, 'succeeded').next.status).toBe('rolled_back');
    expect(answer(asked, 'failed').next).toMatchObject({ status: 'failed', cause: { code: 'rollback_failed' } });
  });

  it.each<[string, Release, Slot, string]>([
    ['of what is not live', completed(), before, 'overtaken'],
    [
      'while another release deploys',
      completed(),
      take(slot, { id: 'rel_2', version: '1.1.0' }, start).next,
      'environment_busy',
    ],
    ['while its own rollout runs', running('deploy-production'), slot, 'environment_busy'],
  ])('%s is refused', (_, release, at, reason) => {
    const refusal = expect.objectContaining({ code: 'conflict', more: expect.objectContaining({ reason }) });
    expect(() => request(release, at)).toThrow(refusal);
  });

  it('cannot be cancelled half way', () => {
    const asked = request(running('monitor-production')).next;
    expect(() => cancelRelease(asked, 'prn_ann', 'R', start)).toThrow('rolled back');
  });
});

describe('a late answer of the watch', () => {
  it('changes nothing once the rollback was asked for', () => {
    const release = running('monitor-production');
    const asked = request(release).next;
    expect(
      stageAnswered(
        asked,
        anAnswer(release, 'monitor-production', {
          outputs: outputsFor(release.stages['monitor-production']!, release),
        }),
        aWorld(),
      ).next,
    ).toBe(asked);
  });
});
