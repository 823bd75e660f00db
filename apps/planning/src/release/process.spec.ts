import { describe, expect, it } from '@jest/globals';
import { DomainError, outcomes, releaseTransitions, stageTransitions } from '@signalbox/domain';
import type { StageStatus } from '@signalbox/domain';
import { aDefinition, anAnswer, aPlanned, aRunning, aWorld, later, until } from '../../testing/releases.js';
import { emptySlot, observe, want } from '../slot/slot.js';
import { advance } from './advance.js';
import { stageAnswered, stageHeard } from './answer.js';
import { approve } from './approval.js';
import { look } from './look.js';
import { planHash } from './plan.js';
import type { Release } from './release.js';
import { withStage, withStatus } from './release.js';
import { retryStage } from './retry.js';
import { rollbackAnswered } from './rollback-answer.js';
import { goesBackIn, requestRollback } from './rollback.js';
import { cancelRelease } from './stop.js';
import { makeWay } from './supersede.js';
import type { World } from './world.js';

/** Repeatable: the seed names the run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

const lifecycle = [
  { phase: 'staging', environments: ['staging'] },
  { phase: 'live', environments: ['eu', 'us'], require: { minimum: 1 } },
];
const environments = {
  eu: { tier: 'production', approvals: [{ team: 'leads', required: 1 }] },
  us: { tier: 'production' },
};
const hold = { holdId: 'h', message: 'wait', scope: {}, by: 'ann', inFlight: 'pause' as const, removed: false };

function aWorldBy(random: (below: number) => number, release: Release, seconds: number): World {
  const live = { current: aRunning('1.0.0', 1, release.id), url: 'u', metricsUrl: 'm', slotVersion: 1 };
  const holder = { releaseId: release.id, version: '1.0.0', since: '' };
  const held = { ...observe(emptySlot('shop', 'eu'), live).next, holder };
  const us = { ...observe(emptySlot('shop', 'us'), live).next, holder };
  const eu = random(4) === 0 ? want(held, { id: 'rel_2', version: '2.0.0' }).next : held;
  const gates = { freezes: [], overrides: [], quarantines: [], holds: random(5) === 0 ? [hold] : [] };
  return aWorld({
    now: later(seconds),
    gates,
    slots: { staging: emptySlot('shop', 'staging'), eu, us },
  });
}

const cleo = { principal: 'prn_cleo', name: 'cleo', kind: 'person' as const, teams: ['leads'], emails: [] };
const restorable = until('deploy-staging');

function anything(random: (below: number) => number, release: Release, world: World): Release {
  const keys = Object.keys(release.stages);
  const busy = keys.filter((key) => ['requested', 'running', 'cancelling'].includes(release.stages[key]?.status ?? ''));
  const candidates = busy.length > 0 && random(4) > 0 ? busy : keys;
  const key = candidates[random(candidates.length)] as string;
  const outcome = random(3) > 0 ? 'succeeded' : (outcomes[random(outcomes.length)] as (typeof outcomes)[number]);
  const rollback = { exposed: random(2) === 0 };
  switch (random(24)) {
    case 0:
      return stageHeard(release, { stage: key, attempt: release.stages[key]?.attempt ?? 0 }, world.now);
    case 1:
      return cancelRelease(release, 'prn_ann', 'R', world.now).next;
    case 2:
      return retryStage(release, key, { principal: 'prn_ann', kind: 'person', reason: 'R' }, world.slots);
    case 3:
      return makeWay(release, world).next;
    case 4:
      return requestRollback(
        release,
        goesBackIn(release, 'eu').map((name) => ({ slot: world.slots[name]!, target: restorable })),
        { environment: 'eu', reason: 'R', by: 'ann' },
        world.now,
      ).next;
    case 5:
      return rollbackAnswered(
        release,
        {
          releaseId: release.id,
          stage: `rollback-${random(2) === 0 ? 'eu' : 'us'}`,
          attempt: release.rollback?.attempt ?? 1,
          outcome,
        },
        world.now,
      ).next;
    case 6:
      return look(release, world).next;
    case 7:
      return stageAnswered(release, anAnswer(release, key, { outcome, reason: 'gate_closed' }), world).next;
    case 8:
      return approve(release, cleo, { planHash: planHash(release) }, {}, world.now).next;
    default:
      return stageAnswered(
        release,
        anAnswer(release, key, outcome === 'succeeded' ? {} : { outcome, outputs: { rollback } }),
        world,
      ).next;
  }
}

describe('the process of a release', () => {
  it('obeys the transition tables whatever happens in whatever order', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 400; seed += 1) {
      const random = randomOf(seed);
      let release = aPlanned(aDefinition({ lifecycle, environments }));
      for (let turn = 1; turn <= 60; turn += 1) {
        const world = aWorldBy(random, release, turn * (1 + random(40)));
        try {
          release = advance(anything(random, release, world), world).next;
        } catch (error) {
          if (!(error instanceof DomainError)) throw new Error(`seed ${seed}, turn ${turn}`, { cause: error });
        }
        seen.add(release.status);
        for (const stage of Object.values(release.stages)) seen.add(stage.status);
      }
    }
    // The walk is worth something only if it has been everywhere.
    expect([...seen].sort()).toEqual(
      [...new Set([...Object.keys(stageTransitions), ...Object.keys(releaseTransitions)])]
        .filter((status) => status !== 'draft')
        .sort(),
    );
  });

  it('refuses to save what the tables do not allow', () => {
    const release = aPlanned();
    const illegal: StageStatus = 'errored';
    expect(() => withStage(release, 'build', { status: illegal })).toThrow('cannot go from pending to errored');
    expect(() => withStatus(release, 'completed')).toThrow('cannot go from planned to completed');
  });
});
