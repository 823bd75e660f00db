import { describe, expect, it } from '@jest/globals';
import { stageCancelled } from '@signalbox/domain';
import { aDefinition, anAnswer, aPlanned, aRunning, aWorld, start, until } from '../../testing/releases.js';
import { emptySlot } from '../slot/slot.js';
import { giveBackSlots } from './advance.js';
import { stageAnswered } from './answer.js';
import type { Release, StageState } from './release.js';
import { retryStage } from './retry.js';

const answered = (release: Release, key: string, more: Parameters<typeof anAnswer>[2] = {}) =>
  stageAnswered(release, anAnswer(release, key, more), aWorld({ now: start }));

describe('a release of several phases, or of several environments in one', () => {
  it('gives back the environments of its phases, and nothing for who approved the phases', () => {
    const lifecycle = [
      { phase: 'first', environments: ['eu'] },
      { phase: 'rest', environments: ['us'] },
    ];
    const approvals = [{ team: 'leads', required: 1 }];
    const planned = aPlanned(aDefinition({ lifecycle, environments: { eu: { approvals }, us: { approvals } } }));
    expect(Object.keys(planned.stages)).toEqual(expect.arrayContaining(['approve-first', 'approve-rest']));
    const over: Release = { ...planned, status: 'cancelled' };
    expect(giveBackSlots({ next: over, events: [], slots: [] }).slots).toEqual([
      { environment: 'eu', action: 'give_back' },
      { environment: 'us', action: 'give_back' },
    ]);
  });

  it('asks again for the approval that expired, whatever is live in the environment of the same name', () => {
    const approvals = [{ team: 'leads', required: 1 }];
    const planned = aPlanned(aDefinition({ environments: { staging: { approvals }, production: { approvals } } }));
    const key = 'approve-production';
    const stage: StageState = { ...planned.stages[key]!, status: 'failed', reason: 'approval_expired' };
    const expired: Release = { ...planned, status: 'failed', stages: { ...planned.stages, [key]: stage } };
    const live = { ...emptySlot('shop', 'production'), current: aRunning('0.9.0', 1, 'rel_0') };
    const by = { principal: 'prn_ann', kind: 'person', reason: 'R' };
    const again = retryStage(expired, key, by, { production: live });
    expect([again.status, again.stages[key]?.status]).toEqual(['running', 'pending']);
  });

  it('fails where one of two environments had to be verified and none was', () => {
    const lifecycle = [{ phase: 'live', environments: ['eu', 'us'], require: { minimum: 1 } }];
    const environments = { eu: { tier: 'staging' }, us: { tier: 'staging' } };
    const planned = until('deploy-us', aPlanned(aDefinition({ lifecycle, environments })));
    const one = answered(planned, 'deploy-eu', { outcome: 'failed', reason: 'start_failed' }).next;
    const both = answered(one, 'deploy-us').next;
    expect(both.stages['test-eu']).toMatchObject({ status: 'skipped', reason: 'nothing_deployed' });
    expect(answered(both, 'test-us', { outcome: 'failed', reason: 'tests_failed' }).next).toMatchObject({
      status: 'failed',
      cause: { code: 'tests_failed', stage: 'test-us' },
    });
  });

  it('takes deployments beside one that users saw fail along before it ends', () => {
    const lifecycle = [{ phase: 'live', environments: ['eu', 'us'] }];
    const release = until('deploy-us', aPlanned(aDefinition({ lifecycle })));
    const first = answered(release, 'deploy-eu', {
      outcome: 'failed',
      outputs: { rollback: { exposed: true, target: '0.9.0' } },
    });
    expect([first.next.status, first.next.stages['deploy-us']?.status]).toEqual(['running', 'cancelling']);
    expect(first.events.map(({ type }) => type)).toContain(stageCancelled.type);
    expect(answered(first.next, 'deploy-us', { outcome: 'cancelled', reason: 'cancelled' }).next.status).toBe(
      'rolled_back',
    );
  });
});
