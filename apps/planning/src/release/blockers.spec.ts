import { describe, expect, it } from '@jest/globals';
import type { Freeze, Hold, Quarantine } from '@signalbox/domain';
import {
  aDefinition,
  anAnswer,
  digestOf,
  aPlanned,
  aRunning,
  aWorld,
  later,
  start,
  until,
} from '../../testing/releases.js';
import { emptySlot, observe, take } from '../slot/slot.js';
import { advance } from './advance.js';
import { stageAnswered } from './answer.js';
import { stageBlockers, waitsSince } from './blockers.js';
import { withFreshStage } from './release.js';
import type { Release, StageState } from './release.js';
import type { World } from './world.js';

const at = (seconds: number) => later(seconds).toISOString();
const freeze: Freeze = {
  windowId: 'frz',
  name: 'holidays',
  scope: {},
  from: at(-60),
  to: at(600),
  reason: 'R',
  inFlight: 'pause',
  removed: false,
};
const hold: Hold = {
  holdId: 'hld',
  message: 'incident review',
  scope: {},
  by: 'ann',
  expiresAt: at(60),
  inFlight: 'pause',
  removed: false,
};
const quarantine: Quarantine = {
  quarantineId: 'q',
  application: 'shop',
  version: '1.0.0',
  digest: digestOf('1.0.0'),
  reason: 'R',
  removed: false,
};
const override = {
  overrideId: 'o',
  windowId: 'frz',
  releaseId: 'rel_1',
  reason: 'R',
  requestedBy: 'a',
  expiresAt: at(60),
  removed: false,
};
const gates = (more: Partial<World['gates']>): Partial<World> => ({
  gates: { freezes: [], overrides: [], holds: [], quarantines: [], ...more },
});
const held = take(emptySlot('shop', 'staging'), { id: 'rel_0', version: '0.9.0' }, start).next;
const newer = observe(emptySlot('shop', 'staging'), {
  current: aRunning('2.0.0', 1, 'rel_2'),
  url: 'u',
  metricsUrl: 'm',
  slotVersion: 1,
}).next;
const soaking = (): Release =>
  until('deploy-production', aPlanned(aDefinition({ environments: { production: { soak: '5m' } } })));

const codesOf = (key: string, release: Release, more: Partial<World>, stage: Partial<StageState> = {}) =>
  stageBlockers(release, { ...(release.stages[key] as StageState), ...stage }, aWorld(more)).map(({ code }) => code);

describe('what blocks a deployment', () => {
  const built = until('deploy-staging');

  it.each<[string, Partial<World>, string[]]>([
    ['nothing', {}, []],
    ['a freeze', gates({ freezes: [freeze] }), ['window_closed']],
    ['a freeze elsewhere', gates({ freezes: [{ ...freeze, scope: { environment: 'production' } }] }), []],
    ['a freeze with an override of one person', gates({ freezes: [freeze], overrides: [override] }), ['window_closed']],
    [
      'a freeze with an override of two',
      gates({ freezes: [freeze], overrides: [{ ...override, confirmedBy: 'b' }] }),
      [],
    ],
    ['a hold and a freeze, earliest first', gates({ freezes: [freeze], holds: [hold] }), ['held', 'window_closed']],
    ['an expired hold', gates({ holds: [{ ...hold, expiresAt: at(0) }] }), []],
    ['quarantine', gates({ quarantines: [quarantine] }), ['quarantined']],
    ['quarantine elsewhere', gates({ quarantines: [{ ...quarantine, environment: 'production' }] }), []],
    ['another release', { slots: { staging: held } }, ['environment_busy']],
    ['an older release in the queue', { queuedAhead: { staging: '0.9.0' } }, ['environment_busy']],
    ['a newer version that is live', { slots: { staging: newer } }, ['would_downgrade']],
  ])('%s', (_, world, codes) => {
    expect(codesOf('deploy-staging', built, world)).toEqual(codes);
  });

  it('is a retry that waits', () => {
    expect(codesOf('deploy-staging', built, {}, { notBefore: at(5) })).toEqual(['retry_waits']);
    expect(codesOf('deploy-staging', built, {}, { notBefore: at(0) })).toEqual([]);
  });

  it('is a soak that is not over', () => {
    expect(soaking().stages['deploy-production']).toMatchObject({
      status: 'blocked',
      blockers: [{ code: 'soaking', liftsAt: at(300) }],
    });
    expect(codesOf('deploy-production', soaking(), { now: later(300) })).toEqual([]);
  });
});

describe('what blocks a deployment in a phase of several environments', () => {
  const lifecycle = [{ phase: 'live', environments: ['eu', 'us'] }];
  const built = until('deploy-eu', aPlanned(aDefinition({ lifecycle })));
  const heldBy = (id: string, version: string) => take(emptySlot('shop', 'eu'), { id, version }, start).next;
  const waiting = (release: Release) => withFreshStage(release, 'deploy-eu', { status: 'blocked' });
  const us = (world: Partial<World>, release = waiting(built)) =>
    stageBlockers(release, release.stages['deploy-us'] as StageState, aWorld(world));

  it.each<[string, Partial<World>, string]>([
    ['a newer release is about to change', { slots: { eu: heldBy('rel_2', '2.0.0') } }, 'eu: shop@2.0.0 ends'],
    ['an older release has and will come here', { slots: { eu: heldBy('rel_0', '0.9.0') } }, 'eu: shop@0.9.0 ends'],
    ['a newer version is live', { slots: { eu: { ...newer, environment: 'eu' } } }, 'eu: 2.0.0 is live in eu, which'],
    [
      'an older release waits for',
      { slots: { eu: emptySlot('shop', 'eu') }, queuedAhead: { eu: '0.9.0' } },
      'eu: shop@0.9.0 is first in the queue',
    ],
  ])('is the other one, which %s: nobody keeps one who waits for the other', (_, world, detail) => {
    expect(us(world)).toMatchObject([{ code: 'phase_busy', detail: expect.stringContaining(detail) }]);
  });

  it('is nothing of the other where this release is there already, or only a gate keeps it from it', () => {
    expect(us({ slots: { eu: heldBy('rel_2', '2.0.0') } }, built)).toEqual([]);
    expect(us(gates({ holds: [{ ...hold, scope: { environment: 'eu' } }] }))).toEqual([]);
    expect(us({ slots: { eu: heldBy('rel_1', '1.0.0') } })).toEqual([]);
  });

  it('is what keeps it from its own environment first, so that it is in the queue there', () => {
    const world = {
      queuedAhead: { us: '0.9.0' },
      slots: { us: emptySlot('shop', 'us'), eu: heldBy('rel_2', '2.0.0') },
    };
    expect(us(world)).toMatchObject([{ code: 'environment_busy', detail: 'shop@0.9.0 is first in the queue' }]);
  });
});

describe('since when it is blocked', () => {
  const look = (release: Release, seconds: number, more: Partial<World>) =>
    advance(release, aWorld({ ...more, now: later(seconds) })).next;
  const busy = { slots: { staging: held } };
  const frozen = { gates: { freezes: [freeze], overrides: [], holds: [], quarantines: [] } };
  const since = (release: Release) => release.stages['deploy-staging']?.waitsSince;

  const first = (more: Partial<World>) => {
    const release = until('build');
    return stageAnswered(release, anAnswer(release, 'build'), aWorld({ ...more, now: start })).next;
  };

  it('is known of each reason: one that was there before goes on, one that comes begins', () => {
    const alone = first(frozen);
    expect(since(alone)).toEqual({ window_closed: at(0) });
    const both = look(alone, 100, { ...frozen, ...busy });
    expect(since(both)).toEqual({ window_closed: at(0), environment_busy: at(100) });
    const after = look(both, 600, busy);
    expect(since(after)).toEqual({ environment_busy: at(100) });
    expect(after.stages['deploy-staging']?.blockedSince).toBe(at(0));
  });

  it('is as before for what was blocked before that was kept', () => {
    const { waitsSince: _, ...stage } = first(busy).stages['deploy-staging']!;
    expect(waitsSince(stage, stage.blockers, at(50))).toEqual({ environment_busy: at(0) });
  });
});

describe('what blocks other stages', () => {
  it('is a hold, but neither a freeze nor quarantine', () => {
    const tested = until('test-staging');
    expect(codesOf('test-staging', tested, gates({ freezes: [freeze], quarantines: [quarantine] }))).toEqual([]);
    expect(codesOf('test-staging', tested, gates({ holds: [hold] }))).toEqual(['held']);
    expect(codesOf('build', aPlanned(), gates({ holds: [{ ...hold, scope: { application: 'shop' } }] }))).toEqual([
      'held',
    ]);
    expect(codesOf('build', aPlanned(), gates({ holds: [{ ...hold, scope: { application: 'other' } }] }))).toEqual([]);
  });
});

describe('an environment that was protected after the plan', () => {
  const rules = { staging: [{ team: 'qa', required: 1 }] };

  it('is entered by nobody whose plan asks nobody', () => {
    const release = until('deploy-staging');
    const stage = release.stages['deploy-staging']!;
    expect(stageBlockers(release, stage, aWorld())).toEqual([]);
    expect(stageBlockers(release, stage, aWorld({ protection: rules }))).toMatchObject([
      { code: 'approval_missing', detail: expect.stringContaining('staging is protected since'), who: 'a developer' },
    ]);
    expect(stageBlockers(release, stage, aWorld({ protection: { staging: [] } }))).toEqual([]);
  });

  it('is entered by who was asked', () => {
    const release = until('deploy-production');
    const stage = release.stages['deploy-production']!;
    const approve = release.stages['approve']!;
    const since = aWorld({ protection: { production: [{ team: 'leads', required: 1 }] } });
    expect(approve.status).toBe('skipped');
    expect(stageBlockers(release, stage, aWorld())).toEqual([]);
    expect(stageBlockers(release, stage, since)).toMatchObject([{ code: 'approval_missing' }]);
    const approved = {
      ...release,
      stages: { ...release.stages, approve: { ...approve, status: 'succeeded' as const } },
    };
    expect(stageBlockers(approved, stage, since)).toEqual([]);
  });
});
