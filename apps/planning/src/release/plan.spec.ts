import { describe, expect, it } from '@jest/globals';
import { aDefinition, anAnswer, aPlanned, aWorld, until } from '../../testing/releases.js';
import { stageAnswered } from './answer.js';
import { approvedEnvironments, compilePlan, planHash } from './plan.js';

const groupsOf = (more: Record<string, unknown> = {}) =>
  compilePlan(aDefinition(more), []).groups.map(({ stages }) => stages);

describe('a plan', () => {
  it('takes a release through staging and production by default', () => {
    expect(groupsOf()).toEqual([
      ['build'],
      ['deploy-staging'],
      ['test-staging'],
      ['approve'],
      ['deploy-production'],
      ['monitor-production'],
      ['feedback'],
    ]);
  });

  it('deploys the environments of a phase together, and tests and watches where it is asked for', () => {
    const lifecycle = [{ phase: 'live', environments: ['eu', 'us'], require: { minimum: 1 } }];
    const environments = {
      eu: { tier: 'production', watch: { bake: '1m' } },
      us: { suites: [{ name: 'api', run: ['a'] }] },
    };
    expect(groupsOf({ lifecycle, environments })).toEqual([
      ['build'],
      ['approve'],
      ['deploy-eu', 'deploy-us'],
      ['test-us'],
      ['monitor-eu'],
      ['feedback'],
    ]);
  });

  it('asks per phase where several have production', () => {
    const lifecycle = [
      { phase: 'first', environments: ['eu'] },
      { phase: 'rest', environments: ['us'] },
    ];
    const environments = { eu: { tier: 'production' }, us: { tier: 'production' } };
    const release = aPlanned(aDefinition({ lifecycle, environments }));
    expect(approvedEnvironments(release, 'approve-first')).toEqual(['eu']);
    expect(approvedEnvironments(release, 'approve-rest')).toEqual(['us']);
  });

  it('asks before every environment that is guarded, whatever its file calls it', () => {
    const environments = { production: { tier: 'staging' } };
    const groups = (guarded: string[]) =>
      compilePlan(aDefinition({ environments }), guarded).groups.map(({ stages }) => stages[0]);
    expect(groups([])).not.toContain('approve');
    expect(groups(['production'])).toContain('approve');
    expect(groups(['production', 'staging'])).toEqual(
      expect.arrayContaining(['approve-staging', 'approve-production']),
    );
    const ownRules = { staging: { approvals: [{ team: 'qa', required: 1 }] }, ...environments };
    expect(groupsOf({ environments: ownRules })).toContainEqual(['approve']);
  });

  it('does not fail a release for its feedback', () => {
    const feedback = compilePlan(aDefinition(), []).groups.at(-1);
    expect(feedback).toEqual({ stages: ['feedback'], require: 'optional' });
  });
});

describe('the plan hash', () => {
  const built = until('deploy-staging');

  it('is of scope, plan and digest', () => {
    expect(planHash({ ...built, version: '2.0.0' })).not.toBe(planHash(built));
    expect(planHash({ ...built, commit: 'other' })).not.toBe(planHash(built));
    expect(planHash({ ...built, definition: aDefinition({ feedback: { window: '1d' } }) })).not.toBe(planHash(built));
    expect(planHash(built)).not.toBe(planHash(aPlanned()));
  });

  it('is not of how far the release is, nor of the order its keys come back in', () => {
    const further = stageAnswered(built, anAnswer(built, 'deploy-staging'), aWorld()).next;
    expect(planHash(further)).toBe(planHash(built));
    const { name, ...rest } = aDefinition();
    expect(planHash({ ...built, definition: { ...rest, name } })).toBe(planHash(built));
  });
});
