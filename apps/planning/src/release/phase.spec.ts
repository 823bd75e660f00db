import { describe, expect, it } from '@jest/globals';
import { releaseCompleted, releaseRolledBack, stageCancelled, stageRequested } from '@signalbox/domain';
import type { Require, StageResult } from '@signalbox/domain';
import { aDefinition, anAnswer, aPlanned, aRunning, aWorld, later, start, until } from '../../testing/releases.js';
import { emptySlot, observe, take } from '../slot/slot.js';
import type { Slot } from '../slot/slot.js';
import { goOn } from './advance.js';
import { stageAnswered, stageHeard } from './answer.js';
import { nextLook } from './deadlines.js';
import { look } from './look.js';
import { rollbacksOf } from './release.js';
import type { Release } from './release.js';
import { endOf } from './release-end.js';
import { retreatOf } from './retreat.js';
import { retryStage } from './retry.js';
import { rollbackAnswered } from './rollback-answer.js';
import { goesBackIn, requestRollback } from './rollback.js';
import { goesBackBeside } from './stop.js';

const types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);
const liveAs = (slot: Slot, version: string, slotVersion: number, releaseId: string): Slot =>
  observe(slot, { current: aRunning(version, slotVersion, releaseId), url: 'u', metricsUrl: 'm', slotVersion }).next;
const slotOf = (environment: string, isFirst = false): Slot => {
  const empty = emptySlot('shop', environment);
  return liveAs(isFirst ? empty : liveAs(empty, '0.9.0', 1, 'rel_9'), '1.0.0', 2, 'rel_1');
};
const production = { tier: 'production' };
const live = (require: Require, ...environments: string[]) =>
  aPlanned(
    aDefinition({
      lifecycle: [{ phase: 'live', environments, require }],
      environments: Object.fromEntries(environments.map((name) => [name, production])),
    }),
  );
const watched = (require: Require, at = 'monitor-us'): Release => until(at, live(require, 'eu', 'us'));
const target = (): Release => ({
  ...until('deploy-staging', aPlanned(undefined, '0.9.0', 'rel_9')),
  status: 'completed',
});
const answered = (release: Release, key: string, more: Partial<StageResult> = {}) =>
  stageAnswered(release, anAnswer(release, key, more), aWorld());
const slots = [slotOf('eu'), slotOf('us')];
const asks = (release: Release, environment: string, at: readonly Slot[] = slots, by = 'monitor') => {
  const wish = { environment, reason: 'watch failed: 3 %', by };
  const back = at.filter((slot) => goesBackIn(release, environment).includes(slot.environment));
  const { targets, stays } = retreatOf(release, back, wish, []);
  const takes = targets.map(({ slot }) => ({ slot, target: target() }));
  return requestRollback(release, takes, wish, start, stays);
};
const failsIn = (environment: string, release: Release) =>
  asks(answered(release, `monitor-${environment}`, { outcome: 'failed', detail: '3 %' }).next, environment);
const back = (release: Release, environment: string, more: Partial<StageResult> = {}) => {
  const attempt = rollbacksOf(release).find((each) => each.environment === environment)?.attempt ?? 0;
  const stage = `rollback-${environment}`;
  return rollbackAnswered(release, { releaseId: release.id, stage, attempt, outcome: 'succeeded', ...more }, start);
};

describe('a watch that fails in a phase that requires all', () => {
  it('has the version taken back wherever the phase runs it, at once', () => {
    const { next, events, slots: wishes } = failsIn('eu', watched('all'));
    const requests = events.filter(({ type }) => type === stageRequested.type).map(({ content }) => content);
    expect(requests).toEqual([
      expect.objectContaining({ stage: 'rollback-eu', version: '0.9.0', environment: 'eu' }),
      expect.objectContaining({ stage: 'rollback-us', version: '0.9.0', environment: 'us' }),
    ]);
    expect(wishes.map(({ environment, action }) => `${action} ${environment}`)).toEqual(['take eu', 'take us']);
    expect(next.stages['monitor-us']).toMatchObject({ status: 'skipped', reason: 'rolled_back' });
    expect(asks(next, 'us')).toEqual({ next, events: [], slots: [] });
  });

  it('ends the release when the last is back, each with its slot, and names them all', () => {
    const asked = failsIn('eu', watched('all')).next;
    const first = back(asked, 'us');
    expect([first.next.status, first.events]).toEqual(['running', []]);
    expect(first.slots).toContainEqual({ environment: 'us', action: 'give_back' });
    expect(first.slots).not.toContainEqual({ environment: 'eu', action: 'give_back' });
    expect(look(first.next, aWorld({ now: later(200) })).next).toBe(first.next);
    const { next, events, slots: wishes } = back(first.next, 'eu');
    expect(next.status).toBe('rolled_back');
    const told = events.filter(({ type }) => type === releaseRolledBack.type).map(({ content }) => content);
    expect(told).toMatchObject([{ environment: 'eu' }, { environment: 'us' }]);
    expect(wishes).toContainEqual({ environment: 'eu', action: 'give_back' });
    expect(endOf(next, []).did).toBe('rolled back to 0.9.0 in eu, to 0.9.0 in us');
  });

  it('fails the release where one of them cannot be restored, and says what to do there', () => {
    const asked = failsIn('eu', watched('all')).next;
    const { next } = back(back(asked, 'us', { outcome: 'failed', detail: 'host away' }).next, 'eu');
    expect(next).toMatchObject({ status: 'failed', cause: { code: 'rollback_failed', detail: 'host away' } });
    expect(endOf(next, []).did).toBe(
      'rolled back to 0.9.0 in eu; us is not rolled back (host away): rollback shop --env us --reason R',
    );
    const silent = look(asked, aWorld({ now: later(300) }));
    expect(rollbacksOf(silent.next).map(({ outcome }) => outcome)).toEqual(['errored', 'errored']);
    expect(types(silent.events).filter((type) => type === stageCancelled.type)).toHaveLength(2);
  });

  it('leaves alone where another version runs, and names where nothing ran before', () => {
    const release = answered(watched('all'), 'monitor-eu', { outcome: 'failed' }).next;
    const other = asks(release, 'eu', [slotOf('eu'), liveAs(slotOf('us'), '1.1.0', 3, 'rel_2')]).next;
    expect([rollbacksOf(other).map(({ environment }) => environment), other.notTakenBack]).toEqual([['eu'], undefined]);
    const first = asks(release, 'eu', [slotOf('eu'), slotOf('us', true)]).next;
    expect(endOf(back(first, 'eu').next, []).did).toBe(
      'rolled back to 0.9.0 in eu; us still runs 1.0.0 (nothing in us to go back to; before ran: nothing): release create',
    );
    const held = take(slotOf('us'), { id: 'rel_2', version: '1.1.0' }, start).next;
    expect(asks(release, 'eu', [slotOf('eu'), held]).next.notTakenBack).toEqual([
      expect.objectContaining({ environment: 'us', command: 'release cancel shop@1.1.0 takes it back' }),
    ]);
  });

  it('takes the others back where it has nothing to go back to itself, which a person is refused', () => {
    const release = answered(watched('all'), 'monitor-eu', { outcome: 'failed' }).next;
    const at = [slotOf('eu', true), slotOf('us')];
    const { next } = asks(release, 'eu', at);
    expect([next.rollback?.environment, next.notTakenBack?.[0]?.environment]).toEqual(['us', 'eu']);
    expect(() => asks(release, 'eu', at, 'prn_ann')).toThrow('nothing in eu to go back to');
  });

  it('fails the release where there is nothing to go back to at all, and says so of each', () => {
    const release = answered(watched('all'), 'monitor-eu', { outcome: 'failed', detail: '3 %' }).next;
    const asked = goOn(asks(release, 'eu', [slotOf('eu', true), slotOf('us', true)]), aWorld()).next;
    expect([asked.status, asked.stages['monitor-us']?.status]).toEqual(['running', 'requested']);
    const { next } = answered(asked, 'monitor-us');
    expect(next).toMatchObject({ status: 'failed', cause: { detail: '3 %', stage: 'monitor-eu' } });
    expect(endOf(next, []).did).toBe(
      ['eu', 'us']
        .map(
          (name) =>
            `; ${name} still runs 1.0.0 (nothing in ${name} to go back to; before ran: nothing): release create`,
        )
        .join('')
        .replace('', 'failed'),
    );
  });

  it('is deployed again where it was taken back when the release is tried again, and watched in both', () => {
    const asked = failsIn('eu', watched('all')).next;
    const gone = back(back(asked, 'us').next, 'eu', { outcome: 'failed' }).next;
    const by = { principal: 'p', name: 'a', kind: 'person', reason: 'R' };
    const at = { eu: slotOf('eu'), us: liveAs(slotOf('us'), '0.9.0', 3, 'rel_9') };
    const again = retryStage(gone, 'monitor-eu', by, at).stages;
    const keys = ['deploy-eu', 'deploy-us', 'monitor-eu', 'monitor-us', 'feedback'];
    expect(keys.map((key) => again[key]?.status)).toEqual(['succeeded', ...Array.from({ length: 4 }, () => 'pending')]);
    const stayed = retryStage(gone, 'monitor-eu', by, { eu: slotOf('eu'), us: slotOf('us') }).stages;
    expect([stayed['deploy-us']?.status, stayed['monitor-us']?.status]).toEqual(['succeeded', 'pending']);
  });

  it('says nothing of rollbacks of before once the release was tried again', () => {
    const asked = failsIn('eu', watched('all')).next;
    const gone = back(back(asked, 'us').next, 'eu', { outcome: 'failed' }).next;
    const by = { principal: 'p', name: 'a', kind: 'person', reason: 'R' };
    const again = goOn(
      { next: retryStage(gone, 'monitor-eu', by, {}), events: [], slots: [] },
      aWorld({ now: later(9) }),
    );
    const said = endOf({ ...again.next, status: 'completed' }, []).did;
    expect(said).toBe('released');
  });
});

describe('a watch that fails in a phase that has enough without it', () => {
  it('has its own environment taken back; the others are watched on and complete the release', () => {
    const failed = answered(watched({ minimum: 1 }), 'monitor-eu', { outcome: 'failed', detail: '3 %' }).next;
    const asked = goOn(asks(failed, 'eu'), aWorld());
    expect(types(asked.events)).toEqual([stageRequested.type]);
    expect(rollbacksOf(asked.next)).toMatchObject([{ environment: 'eu', goesOn: true }]);
    expect(asked.next.stages['monitor-us']?.status).toBe('requested');
    const held = { eu: take(slotOf('eu'), { id: 'rel_1', version: '1.0.0' }, start).next };
    expect(goOn({ ...asked, events: [], slots: [] }, aWorld({ slots: held })).slots).toEqual([]);
    const watchedOn = answered(back(asked.next, 'eu').next, 'monitor-us').next;
    const { next, events } = answered(watchedOn, 'feedback');
    expect([next.status, types(events).includes(releaseCompleted.type)]).toEqual(['completed', true]);
    expect(endOf(next, [])).toMatchObject({
      cause: 'monitor-eu: 3 %',
      did: 'released; rolled back to 0.9.0 in eu',
    });
  });

  it('does not keep the release from its end, whose slot it keeps until it is back', () => {
    const asked = failsIn('eu', watched({ minimum: 1 })).next;
    const ended = answered(answered(asked, 'monitor-us').next, 'feedback');
    expect(ended.next.status).toBe('completed');
    expect(ended.slots).toEqual([{ environment: 'us', action: 'give_back' }]);
    expect(nextLook(ended.next, start)).toEqual(later(300));
    const { next, slots: wishes } = back(ended.next, 'eu');
    expect(next.status).toBe('completed');
    expect(wishes).toContainEqual({ environment: 'eu', action: 'give_back' });
  });

  it('looks at silent executors all the same while it is under way', () => {
    const asked = failsIn('eu', watched({ minimum: 1 })).next;
    const begun = stageHeard(asked, { stage: 'monitor-us', attempt: 1 }, start);
    expect(look(begun, aWorld({ now: later(60) })).next.stages['monitor-us']?.status).toBe('cancelling');
  });

  it('ends the release when the next one fails: then there is not enough', () => {
    const asked = failsIn('eu', watched({ minimum: 1 })).next;
    const both = failsIn('us', asked).next;
    expect(rollbacksOf(both).map(({ environment, attempt, goesOn }) => [environment, attempt, goesOn])).toEqual([
      ['us', 2, undefined],
      ['eu', 1, true],
    ]);
    const { next } = back(back(both, 'eu').next, 'us');
    expect(next.status).toBe('rolled_back');
    expect(endOf(next, []).did).toBe('rolled back to 0.9.0 in us, to 0.9.0 in eu');
  });

  it('is the end where nothing of an optional phase is left', () => {
    const alone = until('monitor-eu', live('optional', 'eu'));
    expect(failsIn('eu', alone).next.rollback).not.toHaveProperty('goesOn');
    expect(failsIn('eu', watched('optional')).next.rollback).toHaveProperty('goesOn');
  });
});

describe('a canary that users saw and that is taken back', () => {
  const seen = { outcome: 'failed' as const, outputs: { rollback: { exposed: true, target: '0.9.0' } } };

  it('has the version taken back where it was rolled out already', () => {
    const before = answered(watched('all', 'deploy-us'), 'deploy-us').next;
    const after = answered(before, 'deploy-eu', seen).next;
    expect([after.status, goesBackBeside(before, after)]).toEqual(['rolled_back', ['us']]);
    expect(goesBackBeside(after, after)).toEqual([]);
    const wish = { environment: 'us', reason: 'R', by: 'signalbox' };
    const asked = requestRollback(after, [{ slot: slotOf('us'), target: target() }], wish, start).next;
    expect(endOf(asked, []).did).toBe('rolled back to 0.9.0 in eu; us goes back to 0.9.0');
    const { next } = back(asked, 'us');
    expect([next.status, endOf(next, []).did]).toEqual(['rolled_back', 'rolled back to 0.9.0 in eu, to 0.9.0 in us']);
  });

  it('is named in each environment where one was taken back', () => {
    const stopping = answered(watched('all', 'deploy-us'), 'deploy-eu', seen).next;
    const { next } = answered(stopping, 'deploy-us', { ...seen, outcome: 'cancelled' });
    expect([next.status, endOf(next, []).did]).toEqual(['rolled_back', 'rolled back to 0.9.0 in eu, to 0.9.0 in us']);
  });

  it('does not stop the others where the phase has enough with them', () => {
    const release = watched({ minimum: 1 }, 'deploy-us');
    const { next } = answered(release, 'deploy-eu', seen);
    expect([next.status, next.stages['deploy-us']?.status]).toEqual(['running', 'requested']);
    const further = answered(next, 'deploy-us').next;
    expect(further.stages['monitor-us']?.status).toBe('requested');
    expect(further.stages['monitor-eu']).toMatchObject({ status: 'skipped', reason: 'nothing_deployed' });
  });
});
