import { describe, expect, it } from '@jest/globals';
import { releaseCancelled, stageCancelled } from '@signalbox/domain';
import { anAnswer, aPlanned, aRunning, aWorld, later, running, start, until } from '../../testing/releases.js';
import { emptySlot, observe, take, want } from '../slot/slot.js';
import { consequenceOf, stageAnswered, stageHeard } from './answer.js';
import { nextLook } from './deadlines.js';
import { look } from './look.js';
import type { Release, StageState } from './release.js';
import { endOf } from './release-end.js';
import { cancelRelease } from './stop.js';
import { activityIn, makeWay, onlyMonitors } from './supersede.js';

const types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);
const cancel = (release: Release) => cancelRelease(release, 'prn_ann', 'no longer wanted', start);

describe('a cancel', () => {
  it('ends at once where nothing runs', () => {
    const { next, events } = cancel(aPlanned());
    expect([next.status, next.stages['build']?.status]).toEqual(['cancelled', 'cancelled']);
    expect(types(events)).toContain(releaseCancelled.type);
  });

  it('asks what runs to end and waits for its answer', () => {
    const { next, events } = cancel(running('build'));
    expect([next.status, next.stages['build']?.status]).toEqual(['running', 'cancelling']);
    expect(types(events)).toContain(stageCancelled.type);
    const ended = stageAnswered(next, anAnswer(next, 'build', { outcome: 'cancelled' }), aWorld()).next;
    expect(ended).toMatchObject({ status: 'cancelled', cause: { detail: 'no longer wanted' } });
  });

  it('loses the race against an answer, which wins; nothing follows', () => {
    const { next } = cancel(running('build'));
    const ended = stageAnswered(next, anAnswer(next, 'build'), aWorld()).next;
    expect([ended.status, ended.stages['build']?.status, ended.stages['deploy-staging']?.status]).toEqual([
      'cancelled',
      'succeeded',
      'cancelled',
    ]);
  });

  it('of a canary that users have seen is a rollback', () => {
    const { next } = cancel(running('deploy-production'));
    const outputs = { rollback: { exposed: true, target: '0.9.0' } };
    const ended = stageAnswered(next, anAnswer(next, 'deploy-production', { outcome: 'cancelled', outputs }), aWorld());
    expect(ended.next.status).toBe('rolled_back');
  });

  it('gives up on an executor that does not answer within the grace', () => {
    const { next } = cancel(running('build'));
    expect(look(next, aWorld({ now: later(59) })).next.status).toBe('running');
    const ended = look(next, aWorld({ now: later(60) })).next;
    expect([ended.status, ended.stages['build']?.reason]).toEqual(['cancelled', 'executor_silent']);
  });

  it('waits for a deployer that goes on going back, for an hour at most', () => {
    let next = cancel(running('deploy-production')).next;
    const heard = (seconds: number) => stageHeard(next, { stage: 'deploy-production', attempt: 1 }, later(seconds));
    next = heard(50);
    expect(nextLook(next, later(50))).toEqual(later(110));
    expect(look(next, aWorld({ now: later(109) })).next).toBe(next);
    expect(look(next, aWorld({ now: later(110) })).next.stages['deploy-production']?.reason).toBe('executor_silent');
    next = heard(3_590);
    expect(nextLook(next, later(3_590))).toEqual(later(3_600));
    expect(look(next, aWorld({ now: later(3_599) })).next).toBe(next);
    expect(look(next, aWorld({ now: later(3_600) })).next.status).toBe('cancelled');
    // What it did while nobody listened does not count.
    expect(look(next, aWorld({ now: later(7_200), hearsSince: later(7_150) })).next).toBe(next);
  });

  it('that was given up is told all the same when users saw what comes back late', () => {
    const { next } = cancel(running('deploy-production'));
    const given = look(next, aWorld({ now: later(60) })).next;
    expect(given.status).toBe('cancelled');
    const outputs = { rollback: { exposed: true, target: '0.9.0' } };
    const late = anAnswer(given, 'deploy-production', { outcome: 'cancelled', outputs });
    const told = stageAnswered(given, late, aWorld()).next;
    expect(consequenceOf(given, told, late)).toEqual({ takenBackIn: 'production' });
    expect([told.status, endOf(told, []).did]).toEqual(['cancelled', 'rolled back to 0.9.0 in production']);
    expect(stageAnswered(told, late, aWorld()).next).toBe(told);
    expect(consequenceOf(told, told, late)).toEqual({});
    expect(consequenceOf(given, given, { ...late, attempt: 2 })).toEqual({});
    const unseen = { ...late, outputs: { rollback: { exposed: false } } };
    expect(consequenceOf(given, stageAnswered(given, unseen, aWorld()).next, unseen)).toEqual({});
  });

  it('twice changes nothing; of what is over it is refused with what is allowed', () => {
    const { next } = cancel(running('build'));
    expect(cancel(next)).toEqual({ next, events: [], slots: [] });
    const completed = { ...until('feedback'), status: 'completed' as const };
    const refusal = { code: 'conflict', more: expect.objectContaining({ allowedTransitions: ['rolled_back'] }) };
    expect(() => cancel(completed)).toThrow(expect.objectContaining(refusal));
  });
});

describe('a silent executor', () => {
  it('is told to stop after its limit, and its stage errors after the grace', () => {
    const begun = running('build');
    expect(look(begun, aWorld({ now: later(59) })).next).toBe(begun);
    const told = look(begun, aWorld({ now: later(60) })).next;
    expect(told.stages['build']?.status).toBe('cancelling');
    const errored = look(told, aWorld({ now: later(120) })).next;
    expect(errored.stages['build']).toMatchObject({ status: 'blocked', attempt: 1, errored: 1 });
    expect(look(errored, aWorld({ now: later(125) })).next.stages['build']).toMatchObject({
      status: 'requested',
      attempt: 2,
    });
  });

  it('has answered when its stage says that it stopped: that is tried again', () => {
    const told = look(running('build'), aWorld({ now: later(60) })).next;
    const ended = stageAnswered(
      told,
      anAnswer(told, 'build', { outcome: 'cancelled' }),
      aWorld({ now: later(61) }),
    ).next;
    expect([ended.status, ended.stages['build']?.status]).toEqual(['running', 'blocked']);
  });

  it('has twice the time when it deploys, and its deployment is not tried again', () => {
    const begun = running('deploy-staging');
    expect(look(begun, aWorld({ now: later(119) })).next).toBe(begun);
    const told = look(begun, aWorld({ now: later(120) })).next;
    expect(look(told, aWorld({ now: later(180) })).next).toMatchObject({
      status: 'failed',
      cause: { code: 'executor_silent' },
    });
  });

  it('that has not taken its stage up yet may be away for a quarter of an hour: it has begun nothing', () => {
    for (const key of ['build', 'deploy-staging']) {
      const asked = until(key);
      expect(nextLook(asked, start)).toEqual(later(900));
      expect(look(asked, aWorld({ now: later(899) })).next).toBe(asked);
      expect(look(asked, aWorld({ now: later(1_500), hearsSince: later(601) })).next).toBe(asked);
      expect(look(asked, aWorld({ now: later(900) })).next.stages[key]?.status).toBe('cancelling');
    }
  });

  it('is one that was not heard although planning listened', () => {
    const begun = running('build');
    expect(look(begun, aWorld({ now: later(600), hearsSince: later(550) })).next).toBe(begun);
    expect(look(begun, aWorld({ now: later(600), hearsSince: undefined })).next).toBe(begun);
    const told = look(begun, aWorld({ now: later(60) })).next;
    expect(told.stages['build']?.status).toBe('cancelling');
    expect(look(told, aWorld({ now: later(600), hearsSince: later(541) })).next).toBe(told);
    expect(look(told, aWorld({ now: later(600), hearsSince: later(540) })).next.stages['build']?.status).not.toBe(
      'cancelling',
    );
    const heard = stageHeard(begun, { stage: 'build', attempt: 1 }, later(50));
    expect(look(heard, aWorld({ now: later(100) })).next).toBe(heard);
  });
});

describe('a newer release', () => {
  const holding = () => {
    const release = running('monitor-production');
    const held = take(emptySlot('shop', 'production'), release, start).next;
    const live = { current: aRunning(), url: 'u', metricsUrl: 'm', slotVersion: 1 };
    const slot = want(observe(held, live).next, { id: 'rel_2', version: '1.1.0' }).next;
    return { release, world: aWorld({ slots: { production: slot } }) };
  };

  it('supersedes a release that only monitors', () => {
    const { release, world } = holding();
    expect(onlyMonitors(release, 'production')).toBe(true);
    const { next, events, slots } = makeWay(release, world);
    expect(next).toMatchObject({
      superseded: true,
      stages: { 'monitor-production': { status: 'skipped', reason: 'superseded' } },
    });
    expect([types(events)[0], slots]).toEqual([
      stageCancelled.type,
      [{ environment: 'production', action: 'give_back' }],
    ]);
    const further = look(next, world).next;
    const ended = stageAnswered(further, anAnswer(further, 'feedback'), world).next;
    expect([ended.status, ended.superseded]).toEqual(['completed', true]);
  });

  it('cuts no watch short that further environments wait for', () => {
    const { release, world } = holding();
    const toCome: StageState = {
      key: 'deploy-us',
      kind: 'deploy',
      environment: 'us',
      status: 'pending',
      attempt: 0,
      blockers: [],
    };
    const guarded = { ...release, stages: { ...release.stages, 'deploy-us': toCome } };
    expect(activityIn(guarded, 'production')).toBe('bakes');
    expect(makeWay(guarded, world).next).toBe(guarded);
  });

  it('waits for one that still deploys', () => {
    const { world } = holding();
    const deploying = running('deploy-production');
    expect(onlyMonitors(deploying, 'production')).toBe(false);
    expect(makeWay(deploying, world).next).toBe(deploying);
  });
});
