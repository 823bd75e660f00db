import {
  DomainError,
  draft,
  hasEnded,
  releaseFailed,
  releaseRolledBack,
  releaseTransitions,
  stageRequested,
  taskrunId,
} from '@signalbox/domain';
import type { Quarantine, Running, StageResult } from '@signalbox/domain';
import type { Slot } from '../slot/slot.js';
import { endStage, giveBackSlots, refOf, runFinished } from './advance.js';
import type { Advance } from './advance.js';
import { rollbackLimitMs, rollbackPatienceMs, silenceLimitMs, startWithinMs } from './deadlines.js';
import { isBusy, isTakenBackNow, nameOf, withStatus } from './release.js';
import type { Release, Rollback } from './release.js';
import { stageCancel, stop } from './stop.js';
import type { World } from './world.js';

export interface RollbackWish {
  environment: string;
  reason: string;
  by: string;
  /** Absent: the newest of what ran before that is not quarantined. */
  toVersion?: string;
}

/** The deployer works on it: its silence counts from here. */
export function rollbackHeard(
  release: Release,
  { stage, attempt }: Pick<StageResult, 'stage' | 'attempt'>,
  now: Date,
): Release {
  const { rollback } = release;
  if (!rollback || !isTakenBackNow(release) || !isOf(rollback, { stage, attempt })) return release;
  return { ...release, rollback: { ...rollback, heardAt: now.toISOString() } };
}

function isOf(rollback: Rollback, { stage, attempt }: Pick<StageResult, 'stage' | 'attempt'>): boolean {
  return stage === rollbackStage(rollback.environment) && attempt === rollback.attempt;
}

export function rollbackStage(environment: string): string {
  return `rollback-${environment}`;
}

/** What to go back to. Throws `conflict` when nothing of what ran before may run again. */
export function rollbackTarget(slot: Slot, wish: RollbackWish, quarantines: readonly Quarantine[]): Running {
  const quarantineOf = (running: Running) =>
    quarantines.find(
      (entry) =>
        !entry.removed &&
        entry.digest === running.digest &&
        (entry.environment === undefined || entry.environment === slot.environment),
    );
  const before = ranBefore(slot);
  const known = before.map((running) => running.version).join(', ') || 'nothing';
  if (wish.toVersion !== undefined) {
    const wanted = before.find((running) => running.version === wish.toVersion);
    const quarantine = wanted && quarantineOf(wanted);
    if (quarantine) throw quarantinedTarget(slot, wanted, quarantine);
    if (wanted) return wanted;
    throw new DomainError(
      'conflict',
      `${wish.toVersion} did not run in ${slot.environment} before; there is ${known}`,
      { reason: 'no_target' },
    );
  }
  const target = before.find((running) => !quarantineOf(running));
  if (target) return target;
  throw new DomainError('conflict', `nothing in ${slot.environment} to go back to; before ran: ${known}`, {
    reason: 'no_target',
  });
}

/** Newest first. */
function ranBefore({ history, current }: Slot): Running[] {
  return history.filter((running) => running.releaseId !== current?.releaseId);
}

/** An artifact is in quarantine once, under the version that brought it there: that one has to be allowed. */
function quarantinedTarget({ application, environment }: Slot, { version }: Running, quarantine: Quarantine) {
  const name = `${application}@${version}`;
  const under = `${application}@${quarantine.version}`;
  const as = under === name ? '' : ` as ${under}, which has the same artifact`;
  return new DomainError('conflict', `${name} is quarantined in ${environment}${as}`, {
    reason: 'quarantined',
    fix: `release allow ${under} --env ${environment} --reason R`,
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

/**
 * Requests that the target be restored, artifact and configuration as one unit, in place of this release. Rollbacks
 * pass every gate. Asking twice changes nothing.
 */
export function requestRollback(release: Release, target: Release, slot: Slot, wish: RollbackWish, now: Date): Advance {
  if (isTakenBackNow(release)) return { next: release, events: [], slots: [] };
  const current = requireRollable(release, slot);
  const attempt = (release.rollback?.attempt ?? 0) + 1;
  const slotVersion = slot.slotVersion + 1;
  const skipped = skippedFor(target, slot, wish);
  const rollback: Rollback = {
    environment: wish.environment,
    reason: wish.reason,
    by: wish.by,
    attempt,
    targetReleaseId: target.id,
    targetVersion: target.version,
    ...(skipped.length > 0 && { skipped }),
    slotVersion,
    requestedAt: now.toISOString(),
  };
  // Being taken back is the end of it: a wish to cancel has nothing left to stop.
  const { cancelRequested: _, ...rest } = release;
  const halted = skipOpenStages({ next: { ...rest, rollback }, events: [], slots: [] }, wish.reason, now);
  return {
    next: halted.next,
    events: [...halted.events, rollbackRequest(release, target, rollback, current, now)],
    slots: [{ environment: wish.environment, action: 'take' }],
  };
}

/** What runs, which must be this release. @throws DomainError conflict when a deployment is in the way, or another runs */
export function requireRollable(release: Release, { application, environment, current, holder }: Slot): Running {
  refuseWhileDeploying(release);
  if (holder && holder.releaseId !== release.id) {
    const held = `${application}@${holder.version}`;
    throw new DomainError('conflict', `${held} is being deployed to ${environment}`, {
      reason: 'environment_busy',
      fix: `release cancel ${held} takes it back`,
    });
  }
  if (current?.releaseId === release.id) return current;
  const live = current ? `${application}@${current.version}` : 'nothing';
  throw new DomainError('conflict', `${nameOf(release)} is not what runs in ${environment}: ${live} does`, {
    reason: 'overtaken',
  });
}

/** While a rollout runs, rolling back means cancelling it. */
function refuseWhileDeploying(release: Release): void {
  const rollout = Object.values(release.stages).find((stage) => stage.kind === 'deploy' && isBusy(stage));
  if (!rollout) return;
  throw new DomainError('conflict', `${nameOf(release)} is being deployed to ${rollout.environment}`, {
    reason: 'environment_busy',
    fix: `release cancel ${nameOf(release)} takes it back`,
  });
}

/** Nothing of a release goes on once it is taken back; who works for it is told. */
function skipOpenStages(state: Advance, reason: string, now: Date): Advance {
  if (state.next.status !== 'running') return state;
  return Object.values(state.next.stages)
    .filter((stage) => !hasEnded(stage.status))
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
      startBy: new Date(now.getTime() + startWithinMs).toISOString(),
      silentAfter: `PT${silenceLimitMs({ kind: 'deploy' }) / 1000}S`,
    },
  });
}

/** The deployer's answer to a rollback. */
export function rollbackAnswered(release: Release, result: StageResult, now: Date): Advance {
  const { rollback } = release;
  const state: Advance = { next: release, events: [], slots: [] };
  if (!rollback || !isOf(rollback, result)) return state;
  // Given up for silence, and done all the same: what runs there counts.
  const isLate = rollback.outcome === 'errored' && result.outcome === 'succeeded';
  if (rollback.endedAt && !isLate) return state;
  const ended: Rollback = {
    ...rollback,
    endedAt: now.toISOString(),
    outcome: result.outcome,
    ...(result.detail && { detail: result.detail }),
    ...(result.outputs?.rollback?.durationMs !== undefined && { durationMs: result.outputs.rollback.durationMs }),
  };
  if (result.outcome !== 'succeeded') {
    return giveBackSlots(endRun({ ...state, next: { ...release, rollback: ended } }, now, result.detail));
  }
  const cause = { code: 'rolled_back', detail: rollback.reason };
  if (!releaseTransitions[release.status].includes('rolled_back'))
    return giveBackSlots({ ...state, next: { ...release, rollback: ended } });
  // Given up, and tried again by a person since: what that has begun ends with it, a deployment by its own answer.
  const isDeploying = Object.values(release.stages).some((stage) => stage.kind === 'deploy' && isBusy(stage));
  if (isDeploying)
    return stop({ ...state, next: { ...release, rollback: ended } }, { by: 'signalbox', reason: rollback.reason }, now);
  const halted = skipOpenStages(state, rollback.reason, now);
  const next = withStatus(halted.next, 'rolled_back', { rollback: ended, endedAt: now.toISOString(), cause });
  const event = draft(releaseRolledBack, {
    subject: release.id,
    chainId: release.id,
    content: {
      ...refOf(release),
      environment: rollback.environment,
      target: rollback.targetVersion,
      exposed: true,
      cause: cause.code,
      detail: cause.detail,
    },
  });
  const mirror = release.status === 'running' ? [runFinished(next, 'failure', cause.detail)] : [];
  return giveBackSlots({ ...halted, next, events: [...halted.events, event, ...mirror] });
}

/** The deployer is silent, or works on it without end: a person must look, and may ask again. */
export function rollbackOverdue(release: Release, world: World): Advance | undefined {
  const { rollback } = release;
  if (!rollback || !isTakenBackNow(release) || !world.hearsSince) return undefined;
  const since = Math.max(Date.parse(rollback.heardAt ?? rollback.requestedAt), world.hearsSince.getTime());
  const began = Math.max(Date.parse(rollback.requestedAt), world.hearsSince.getTime());
  const end = Math.min(since + rollbackPatienceMs, began + rollbackLimitMs);
  if (end > world.now.getTime()) return undefined;
  const { id: releaseId } = release;
  const silent = {
    stage: rollbackStage(rollback.environment),
    attempt: rollback.attempt,
    outcome: 'errored' as const,
    reason: 'executor_silent',
  };
  const detail = 'the deployer did not carry the rollback out in time';
  const given = rollbackAnswered(release, { releaseId, ...silent, detail }, world.now);
  // Else it might be done in days, when somebody has mended what kept it.
  const told = stageCancel(release, { key: silent.stage, attempt: silent.attempt, kind: 'deploy' }, detail);
  return { ...given, events: [...given.events, told] };
}

/** A rollback that could not be done leaves a finished release as it was, and fails one that still ran. */
function endRun(state: Advance, now: Date, detail = 'see the deployment'): Advance {
  const { rollback, status } = state.next;
  if (status !== 'running' || !rollback) return state;
  const cause = { code: 'rollback_failed', detail };
  const next = withStatus(state.next, 'failed', { endedAt: now.toISOString(), cause });
  const failed = draft(releaseFailed, {
    subject: next.id,
    chainId: next.id,
    content: { ...refOf(next), stage: rollbackStage(rollback.environment), cause: cause.code, detail },
  });
  return { ...state, next, events: [failed, runFinished(next, 'failure', detail)] };
}
