import { describe, expect, it } from '@jest/globals';
import { approvalGranted } from '@signalbox/domain';
import type { ApprovalRule } from '@signalbox/domain';
import { given } from '@signalbox/testing';
import { aDefinition, anAnswer, aPlanned, aWorld, later, start, until } from '../../testing/releases.js';
import { advance } from './advance.js';
import { stageAnswered } from './answer.js';
import { approve, ruleStates, stricter } from './approval.js';
import type { Voter } from './approval.js';
import { nextLook } from './deadlines.js';
import { look } from './look.js';
import { planHash } from './plan.js';
import type { Release } from './release.js';

const leads = (required = 1): ApprovalRule => ({ team: 'leads', required });
const asking = (rule = leads()) =>
  aPlanned(aDefinition({ environments: { production: { approvals: [rule], approvalTimeout: '1h' } } }));
/** Waits for its approval since `start`. */
const waiting = (rule = leads()): Release => {
  const tested = until('test-staging', asking(rule));
  return stageAnswered(tested, anAnswer(tested, 'test-staging'), aWorld()).next;
};
const voter = (more: Partial<Voter> = {}): Voter => ({
  principal: 'prn_cleo',
  name: 'cleo',
  kind: 'person',
  teams: ['leads'],
  emails: ['cleo@example.com'],
  ...more,
});
const vote =
  (who: Voter, protection: Record<string, ApprovalRule[]> = {}, hash?: string) =>
  (release: Release) =>
    approve(release, who, { planHash: hash ?? planHash(release) }, protection, start);

describe('an approval', () => {
  it('counts for its team and lets the release go on', () => {
    const { next } = given(waiting()).when(vote(voter())).thenEvents(approvalGranted);
    const further = advance(next, aWorld()).next;
    expect([further.stages['approve']?.status, further.stages['deploy-production']?.status]).toEqual([
      'succeeded',
      'requested',
    ]);
  });

  it('counts once for a person', () => {
    const voted = given(waiting(leads(2))).when(vote(voter())).next;
    given(voted).when(vote(voter())).thenNoEvents();
    expect(ruleStates(voted, 'approve', {})).toEqual([{ team: 'leads', required: 2, granted: 1 }]);
    const both = given(voted).when(vote(voter({ principal: 'prn_dan', emails: [] }))).next;
    expect(advance(both, aWorld()).next.stages['approve']?.status).toBe('succeeded');
  });

  it('is for one phase: the next asks again', () => {
    const definition = aDefinition({
      environments: { staging: { approvals: [leads()] }, production: { approvals: [leads()] } },
    });
    const built = until('build', aPlanned(definition));
    const ready = stageAnswered(built, anAnswer(built, 'build'), aWorld()).next;
    const [first = '', second = ''] = Object.keys(ready.stages).filter((key) => ready.stages[key]?.kind === 'approve');
    const { next } = given(ready).when(vote(voter())).thenEvents(approvalGranted);
    expect(ruleStates(next, first, {})).toMatchObject([{ granted: 1 }]);
    expect(ruleStates(next, second, {})).toMatchObject([{ granted: 0 }]);
    const passed = advance(next, aWorld()).next;
    expect(passed.stages[first]?.status).toBe('succeeded');
    const seen = { planHash: planHash(passed), stage: first };
    const say = (who: Voter) => (release: Release) => approve(release, who, seen, {}, start);
    given(passed).when(say(voter())).thenNoEvents();
    given(passed)
      .when(say(voter({ principal: 'prn_dan', emails: [] })))
      .thenRejected('conflict', 'plan_changed');
    const again = given(passed).when(vote(voter())).thenEvents(approvalGranted).next;
    expect(ruleStates(again, second, {})).toMatchObject([{ granted: 1 }]);
  });

  it.each<[string, Voter, 'forbidden', string]>([
    ['of its author', voter({ principal: 'prn_ann', kind: 'machine', teams: [] }), 'forbidden', 'self_approval'],
    ['of an author of its changes', voter({ emails: ['BOB@example.com'] }), 'forbidden', 'self_approval'],
    ['of a machine', voter({ kind: 'machine', teams: [] }), 'forbidden', 'machine_vote'],
    ['of another team', voter({ teams: ['shop'] }), 'forbidden', 'not_in_team'],
  ])('%s is refused', (_, who, code, reason) => {
    given(waiting()).when(vote(who)).thenRejected(code, reason);
  });

  it.each<[string, Voter]>([
    ['its author', voter({ principal: 'prn_ann' })],
    ['an author of its changes', voter({ emails: ['bob@example.com'] })],
    ['a machine', voter({ kind: 'machine', teams: [] })],
  ])('of %s, where no rule asks for one, is refused as not asked for', (_, who) => {
    const refusal = {
      code: 'conflict',
      message: 'no approval is asked for: shop@1.0.0 goes on without one',
      more: { reason: 'not_required', fix: 'release why shop@1.0.0 says what it waits for' },
    };
    expect(() => vote(who)(until('test-staging'))).toThrow(expect.objectContaining(refusal));
  });

  it('is for the plan that was seen, and void for another', () => {
    given(waiting())
      .when(vote(voter(), {}, 'another'))
      .thenRejected('conflict', 'plan_changed');
    const voted = given(waiting()).when(vote(voter())).next;
    const rebuilt = { ...voted, commit: 'another' };
    expect(ruleStates(rebuilt, 'approve', {})[0]?.granted).toBe(0);
  });

  it('needs something to approve', () => {
    given(asking()).when(vote(voter())).thenRejected('conflict', 'not_built');
    given(until('deploy-production')).when(vote(voter())).thenRejected('conflict', 'illegal_transition');
    given({ ...waiting(), status: 'cancelled' as const })
      .when(vote(voter()))
      .thenRejected('conflict', 'illegal_transition');
  });

  it('is asked for by the stricter of file and server', () => {
    expect(stricter([leads(1)], [leads(2), { team: 'ops', required: 1 }])).toEqual([
      leads(2),
      { team: 'ops', required: 1 },
    ]);
    const protectedWorld = aWorld({ protection: { production: [leads(1)] } });
    const release = aPlanned();
    const tested = until('test-staging', release, protectedWorld);
    const blocked = stageAnswered(tested, anAnswer(tested, 'test-staging'), protectedWorld).next;
    expect(blocked.stages['approve']?.blockers).toMatchObject([
      { code: 'approval_missing', detail: expect.stringContaining('0 of 1 from leads') },
    ]);
  });

  it('that was given does not expire while the release is held', () => {
    const hold = {
      holdId: 'hld_1',
      scope: { releaseId: 'rel_1' },
      message: 'M',
      by: 'prn_ann',
      inFlight: 'pause' as const,
      removed: false,
    };
    const gates = { ...aWorld().gates, holds: [hold] };
    const held = (seconds: number) => aWorld({ now: later(seconds), gates });
    const asked = look(waiting(), held(0)).next;
    const voted = given(asked).when(vote(voter())).next;
    const granted = look(voted, held(10)).next;
    expect(granted.stages['approve']?.blockers).toMatchObject([{ code: 'held' }]);
    expect(nextLook(granted, later(3_601))?.getTime()).toBeGreaterThan(later(3_602).getTime());
    const late = look(granted, held(7_200)).next;
    expect(late.status).toBe('running');
    expect(look(late, aWorld({ now: later(7_201) })).next.stages['deploy-production']?.status).toBe('requested');
    expect(look(asked, held(7_200)).next.cause?.code).toBe('approval_expired');
  });

  it('that is asked for late has its whole time', () => {
    const held = { blockers: [{ code: 'held', detail: 'M' }], waitsSince: { held: start.toISOString() } };
    const stage = { ...waiting().stages['approve']!, ...held };
    const asked = { ...waiting(), stages: { ...waiting().stages, approve: stage } };
    const blocked = look(asked, aWorld({ now: later(7_200) })).next;
    expect(blocked.status).toBe('running');
    expect(look(blocked, aWorld({ now: later(10_799) })).next.status).toBe('running');
    expect(look(blocked, aWorld({ now: later(10_800) })).next.cause?.code).toBe('approval_expired');
  });

  it('is no longer waited for after its time', () => {
    expect(look(waiting(), aWorld({ now: later(3_599) })).next.status).toBe('running');
    expect(look(waiting(), aWorld({ now: later(3_600) })).next).toMatchObject({
      status: 'failed',
      cause: { code: 'approval_expired', stage: 'approve' },
    });
  });
});
