import { DomainError, draft, hasEnded, stageRequested, taskrunId } from '@signalbox/domain';
import type { Running } from '@signalbox/domain';
import type { Slot } from '../slot/slot.js';
import { endStage } from './advance.js';
import type { Advance } from './advance.js';
import { rollbackPatienceMs, silenceLimitMs } from './deadlines.js';
import { goesOnWithout, phaseOf } from './phase.js';
import { isBusy, isTakenBackNow, nameOf, rollbacksOf, rollbacksUnderWay } from './release.js';
import type { Release, Rollback, StageState, Stay } from './release.js';
import { ranBefore, requireRollable } from './retreat.js';
import type { RollbackWish } from './retreat.js';
import { stageCancel } from './stop.js';

export function rollbackStage(environment: string): string {
  return `rollback-${environment}`;
}

/**
 * Where a release that is taken back in one environment goes back with it: in its phase, unless that has enough without
 * the one. Of a release that has ended people choose for themselves, and what came before in its lifecycle stays.
 */
export function goesBackIn(release: Release, environment: string): string[] {
  if (release.status !== 'running' || goesOnWithout(release, environment)) return [environment];
  const goingBack = rollbacksUnderWay(release).map((rollback) => rollback.environment);
  const others = phaseOf(release, environment).filter((other) => other !== environment && !goingBack.includes(other));
  return [environment, ...others];
}

/**
 * Asking twice for the same is no mistake; a second environment waits until the first has answered, whose answer ends the
 * release.
 * @throws DomainError conflict
 */
export function requireNoOtherRollback(release: Release, environment: string): void {
  const underWay = rollbacksUnderWay(release).map((rollback) => rollback.environment);
  if (!isTakenBackNow(release) || underWay.includes(environment)) return;
  throw new DomainError('conflict', `${nameOf(release)} is being rolled back in ${underWay.join(' and ')}`, {
    reason: 'rollback_in_flight',
    fix: 'wait for its end, then ask again',
  });
}

/** What ran after the target and is passed over: it is quarantined, unless a person has named the target. */
function skippedFor(target: Release, slot: Slot, { toVersion }: RollbackWish): string[] {
  if (toVersion !== undefined) return [];
  const before = ranBefore(slot);
  const place = before.findIndex(({ releaseId }) => releaseId === target.id);
  const newer = before.slice(0, Math.max(0, place));
  return [...new Set(newer.map(({ version }) => version))];
}

/** What runs in an environment, and what is to run there instead. */
export interface Take {
  slot: Slot;
  target: Release;
}

/**
 * Requests that the targets be restored, artifact and configuration as one unit, in place of this release: of each
 * environment at once, for none can wait for the deployer of another. Rollbacks pass every gate. Asking twice changes
 * nothing.
 *
 * @param stays where this release runs on all the same
 */
export function requestRollback(
  release: Release,
  takes: readonly Take[],
  wish: RollbackWish,
  now: Date,
  stays: readonly Stay[] = [],
): Advance {
  const nothing: Advance = { next: release, events: [], slots: [] };
  const isAsked = rollbacksUnderWay(release).some(({ environment }) => environment === wish.environment);
  if (isAsked || isTakenBackNow(release)) return nothing;
  // What has begun of it ends as it would have, with the failure of the watch.
  if (takes.length === 0) return stays.length === 0 ? nothing : { ...nothing, next: withRollbacks(release, [], stays) };
  const goesOn = goesOnWithout(release, wish.environment);
  const attempt = Math.max(0, ...rollbacksOf(release).map((rollback) => rollback.attempt)) + 1;
  const rollbacks = takes.map((take) => rollbackOf(take, wish, { attempt, now, goesOn }));
  const events = takes.flatMap(({ slot, target }, index) => {
    const rollback = rollbacks[index];
    return rollback ? [rollbackRequest(release, target, rollback, requireRollable(release, slot), now)] : [];
  });
  const halted = goesOn
    ? skipOpenStages({ ...nothing, next: withRollbacks(release, rollbacks, stays) }, wish, now, wish.environment)
    : skipOpenStages({ ...nothing, next: withRollbacks(ending(release), rollbacks, stays) }, wish, now);
  return {
    next: halted.next,
    events: [...halted.events, ...events],
    slots: takes.map(({ slot: { environment } }) => ({ environment, action: 'take' as const })),
  };
}

/** Being taken back is the end of it: a wish to cancel has nothing left to stop. */
function ending(release: Release): Release {
  const { cancelRequested: _, ...rest } = release;
  return rest;
}

function rollbackOf(
  { slot, target }: Take,
  wish: RollbackWish,
  { attempt, now, goesOn }: { attempt: number; now: Date; goesOn: boolean },
): Rollback {
  const skipped = skippedFor(target, slot, wish);
  return {
    environment: slot.environment,
    reason: wish.reason,
    by: wish.by,
    attempt,
    targetReleaseId: target.id,
    targetVersion: target.version,
    ...(skipped.length > 0 && { skipped }),
    slotVersion: slot.slotVersion + 1,
    requestedAt: now.toISOString(),
    ...(goesOn && { goesOn }),
  };
}

/** The newest of each environment stay known, until the release has ended and is asked about. */
function withRollbacks(release: Release, asked: readonly Rollback[], stays: readonly Stay[]): Release {
  const isNew = ({ environment }: { environment: string }) =>
    ![...asked, ...stays].some((other) => other.environment === environment);
  const [rollback, ...beside] = [...asked, ...rollbacksOf(release).filter(isNew)];
  const notTakenBack = [...stays, ...(release.notTakenBack ?? []).filter(isNew)];
  const { rollback: _, rollbacksBeside: __, notTakenBack: ___, ...rest } = release;
  return {
    ...rest,
    ...(rollback && { rollback }),
    ...(beside.length > 0 && { rollbacksBeside: beside }),
    ...(notTakenBack.length > 0 && { notTakenBack }),
  };
}

/** Nothing of a release goes on once it is taken back, in all it does or in an environment; who works for it is told. */
export function skipOpenStages(
  state: Advance,
  { reason }: Pick<RollbackWish, 'reason'>,
  now: Date,
  environment?: string,
): Advance {
  if (state.next.status !== 'running') return state;
  const isMeant = (stage: StageState) =>
    environment === undefined || (stage.environment === environment && stage.kind !== 'approve');
  return Object.values(state.next.stages)
    .filter((stage) => !hasEnded(stage.status) && isMeant(stage))
    .reduce((halted, stage) => {
      const told = isBusy(stage) ? [stageCancel(state.next, stage, `rolled back: ${reason}`)] : [];
      return endStage({ ...halted, events: [...halted.events, ...told] }, stage.key, 'skipped', now, 'rolled_back');
    }, state);
}

function rollbackRequest(release: Release, target: Release, rollback: Rollback, expectedCurrent: Running, now: Date) {
  const artifact = target.stages['build']?.outputs?.artifact;
  if (!target.definition || !artifact) throw new Error(`release ${target.id} has nothing to restore`);
  const stage = rollbackStage(rollback.environment);
  return draft(stageRequested, {
    subject: taskrunId(release.id, stage, rollback.attempt),
    chainId: release.id,
    content: {
      releaseId: release.id,
      application: release.application,
      team: release.team,
      version: target.version,
      stage,
      kind: 'deploy' as const,
      environment: rollback.environment,
      attempt: rollback.attempt,
      commit: target.commit,
      repository: target.repository,
      definition: target.definition,
      artifact,
      deploy: {
        mode: 'rollback' as const,
        slotVersion: rollback.slotVersion,
        expectedCurrent,
        targetReleaseId: target.id,
        reason: rollback.reason,
      },
      startBy: new Date(now.getTime() + rollbackPatienceMs).toISOString(),
      silentAfter: `PT${silenceLimitMs({ kind: 'deploy' }) / 1000}S`,
    },
  });
}
