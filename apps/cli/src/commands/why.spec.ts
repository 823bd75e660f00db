import { describe, expect, it } from '@jest/globals';
import { whyLines } from './why.js';
import type { WhyBody } from './why.js';

const now = new Date('2026-11-23T10:00:00Z');
const blocked = (more: Partial<WhyBody>): WhyBody => ({
  release: 'shop@0.11.0',
  state: 'blocked',
  stage: 'approve',
  since: '2026-11-23T09:48:00Z',
  blockers: [],
  ...more,
});

describe('release why', () => {
  it('tells since when and where, and for each blocker how it lifts, who can and what to do', () => {
    const approval = {
      code: 'approval_missing',
      detail: '0 of 1 from leads; expires at 2026-11-26T09:48:00Z',
      who: 'leads, not the author',
      command: 'release approve shop@0.11.0',
    };
    expect(whyLines(blocked({ blockers: [approval] }), now)).toEqual([
      'shop@0.11.0 blocked 12m at approve',
      '  approval_missing  0 of 1 from leads',
      '    lifts  never; expires in 71h48m',
      '    who    leads, not the author',
      '    do     release approve shop@0.11.0',
    ]);
  });

  it('tells what lifts by itself', () => {
    const blockers = [
      { code: 'window_closed', detail: 'freeze "holidays"', liftsAt: '2026-11-23T12:05:00Z' },
      { code: 'environment_busy', detail: 'shop@0.10.0 deploys' },
      { code: 'held', detail: '"review"', liftsAt: '2026-11-23T09:59:58Z' },
    ];
    expect(whyLines(blocked({ stage: 'deploy-europe-west', since: undefined, blockers }), now)).toEqual([
      'shop@0.11.0 blocked at deploy europe-west',
      '  window_closed  freeze "holidays"',
      '    lifts  in 2h5m',
      '  environment_busy  shop@0.10.0 deploys',
      '    lifts  when that has ended',
      '  held  "review"',
      '    lifts  in 0s',
    ]);
  });

  it('of one that moves is short', () => {
    expect(whyLines(blocked({ state: 'moving' }), now)).toEqual(['shop@0.11.0 is moving']);
  });

  it('of one that has ended tells cause, what was done, and what next', () => {
    const ended = { status: 'rolled_back', cause: '8 of 41 failed', did: 'back to 1.1.0', next: 'fix it' };
    expect(whyLines(blocked({ state: 'ended', ended }), now)).toEqual([
      'shop@0.11.0 rolled_back',
      '  cause  8 of 41 failed',
      '  did    back to 1.1.0',
      '  next   fix it',
    ]);
  });
});
