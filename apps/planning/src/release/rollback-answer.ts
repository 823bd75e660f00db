import { draft, releaseFailed, releaseRolledBack, releaseTransitions } from '@signalbox/domain';
import type { StageResult } from '@signalbox/domain';
import { giveBackSlots, refOf, runFinished } from './advance.js';
import type { Advance } from './advance.js';
import { rollbackLimitMs, rollbackPatienceMs } from './deadlines.js';
import { isBusy, rollbacksOf, rollbacksUnderWay, withStatus } from './release.js';
import type { Release, Rollback } from './release.js';
import { rollbackStage, skipOpenStages } from './rollback.js';
import { stageCancel, stop } from './stop.js';
import type { World } from './world.js';

type Attempt = Pick<StageResult, 'stage' | 'attempt'>;

/** The deployer works on it: its silence counts from here. */
export function rollbackHeard(release: Release, heard: Attempt, now: Date): Release {
  const rollback = rollbacksUnderWay(release).find((each) => isOf(each, heard));
  return rollback ? withRollback(release, { ...rollback, heardAt: now.toISOString() }) : release;
}

function isOf(rollback: Rollback, { stage, attempt }: Attempt): boolean {
  return stage === rollbackStage(rollback.environment) && attempt === rollback.attempt;
}

function withRollback(release: Release, changed: Rollback): Release {
  const change = (each: Rollback) => (each.environment === changed.environment ? changed : each);
  return {
    ...release,
    ...(release.rollback && { rollback: change(release.rollback) }),
    ...(release.rollbacksBeside && { rollbacksBeside: release.rollbacksBeside.map(change) }),
  };
}

/** The deployer's answer to a rollback. Those of one phase end the release together, when the last of them is over. */
export function rollbackAnswered(release: Release, result: StageResult, now: Date): Advance {
  const rollback = rollbacksOf(release).find((each) => isOf(each, result));
  const state: Advance = { next: release, events: [], slots: [] };
  if (!rollback) return state;
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
  const answered: Advance = { ...state, next: withRollback(release, ended) };
  const together = rollbacksOf(answered.next).filter(({ attempt }) => attempt === ended.attempt);
  if (ended.goesOn || together.some(({ endedAt }) => endedAt === undefined)) return giveBackSlots(answered);
  const failed = together.find(({ outcome }) => outcome !== 'succeeded');
  if (failed) return giveBackSlots(isLate ? answered : endRun(answered, failed, now));
  return endRolledBack(answered, together, now);
}

function endRolledBack(state: Advance, together: readonly Rollback[], now: Date): Advance {
  const release = state.next;
  const [{ reason }] = together as [Rollback];
  if (!releaseTransitions[release.status].includes('rolled_back')) return giveBackSlots(state);
  // Given up, and tried again by a person since: what that has begun ends with it, a deployment by its own answer.
  const isDeploying = Object.values(release.stages).some((stage) => stage.kind === 'deploy' && isBusy(stage));
  if (isDeploying) return stop(state, { by: 'signalbox', reason }, now);
  const halted = skipOpenStages(state, { reason }, now);
  const cause = { code: 'rolled_back', detail: reason };
  const next = withStatus(halted.next, 'rolled_back', { endedAt: now.toISOString(), cause });
  // One of each environment, so that who counts by environment misses none.
  const events = together.map(({ environment, targetVersion }) =>
    draft(releaseRolledBack, {
      subject: release.id,
      chainId: release.id,
      content: {
        ...refOf(release),
        environment,
        target: targetVersion,
        exposed: true,
        cause: cause.code,
        detail: cause.detail,
      },
    }),
  );
  const mirror = release.status === 'running' ? [runFinished(next, 'failure', cause.detail)] : [];
  return giveBackSlots({ ...halted, next, events: [...halted.events, ...events, ...mirror] });
}

/** The deployer is silent, or works on it without end: a person must look, and may ask again. */
export function rollbackOverdue(release: Release, world: World): Advance | undefined {
  const overdue = rollbacksUnderWay(release).filter((rollback) => isOverdue(rollback, world));
  if (overdue.length === 0) return undefined;
  return overdue.reduce((state, rollback) => giveUp(state, rollback, world.now), {
    next: release,
    events: [],
    slots: [],
  } as Advance);
}

function isOverdue({ heardAt, requestedAt }: Rollback, { hearsSince, now }: World): boolean {
  if (!hearsSince) return false;
  const since = Math.max(Date.parse(heardAt ?? requestedAt), hearsSince.getTime());
  const began = Math.max(Date.parse(requestedAt), hearsSince.getTime());
  return Math.min(since + rollbackPatienceMs, began + rollbackLimitMs) <= now.getTime();
}

function giveUp(state: Advance, { environment, attempt }: Rollback, now: Date): Advance {
  const stage = rollbackStage(environment);
  const silent = { stage, attempt, outcome: 'errored' as const, reason: 'executor_silent' };
  const detail = 'the deployer did not carry the rollback out in time';
  const given = rollbackAnswered(state.next, { releaseId: state.next.id, ...silent, detail }, now);
  // Else it might be done in days, when somebody has mended what kept it.
  const told = stageCancel(state.next, { key: stage, attempt, kind: 'deploy' }, detail);
  return {
    next: given.next,
    events: [...state.events, ...given.events, told],
    slots: [...state.slots, ...given.slots],
  };
}

/** A rollback that could not be done leaves a finished release as it was, and fails one that still ran. */
function endRun(state: Advance, { environment, detail = 'see the deployment' }: Rollback, now: Date): Advance {
  if (state.next.status !== 'running') return state;
  const cause = { code: 'rollback_failed', detail };
  const next = withStatus(state.next, 'failed', { endedAt: now.toISOString(), cause });
  const failed = draft(releaseFailed, {
    subject: next.id,
    chainId: next.id,
    content: { ...refOf(next), stage: rollbackStage(environment), cause: cause.code, detail },
  });
  return { ...state, next, events: [...state.events, failed, runFinished(next, 'failure', detail)] };
}
