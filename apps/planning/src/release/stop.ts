import {
  DomainError,
  draft,
  releaseCancelled,
  releaseRolledBack,
  releaseTransitions,
  stageCancelled,
} from '@signalbox/domain';
import type { EventDraft } from '@signalbox/domain';
import { endStage, giveBackSlots, refOf, runFinished } from './advance.js';
import type { Advance } from './advance.js';
import { graceMs } from './deadlines.js';
import { phaseOf } from './phase.js';
import { isBusy, isOver, isTakenBackNow, nameOf, withStage, withStatus } from './release.js';
import type { Release, StageState } from './release.js';

/** Tells the executor of an attempt that its work is no longer wanted. */
export function stageCancel(
  release: Release,
  stage: Pick<StageState, 'key' | 'attempt' | 'kind'>,
  reason: string,
): EventDraft {
  return draft(stageCancelled, {
    subject: release.id,
    chainId: release.id,
    content: { ...refOf(release), stage: stage.key, attempt: stage.attempt, kind: stage.kind, reason },
  });
}

/** Puts a running stage in `cancelling` and says so; the executor's answer within the grace period still wins. */
export function cancelStage(state: Advance, stage: StageState, reason: string, now: Date): Advance {
  const until = new Date(now.getTime() + graceMs).toISOString();
  const event = stageCancel(state.next, stage, reason);
  const next = withStage(state.next, stage.key, { status: 'cancelling', cancelling: { reason, until } });
  return { ...state, next, events: [...state.events, event] };
}

/** A person's stop: what runs is asked to end, what waits does not begin. */
export function cancelRelease(release: Release, by: string, reason: string, now: Date): Advance {
  if (isOver(release)) {
    throw new DomainError('conflict', `${nameOf(release)} is ${release.status} already`, {
      reason: 'illegal_transition',
      allowedTransitions: releaseTransitions[release.status],
    });
  }
  if (isTakenBackNow(release)) {
    throw new DomainError('conflict', `${nameOf(release)} is being rolled back`, {
      reason: 'rollback_in_flight',
      fix: 'wait for its end',
    });
  }
  if (release.cancelRequested) return { next: release, events: [], slots: [] };
  return stop({ next: release, events: [], slots: [] }, { by, reason }, now);
}

/** Asks everything of a release to end, and ends it when nothing runs any more. */
export function stop(state: Advance, asked: { by: string; reason: string }, now: Date): Advance {
  let stopping: Advance = { ...state, next: { ...state.next, cancelRequested: asked } };
  for (const stage of Object.values(state.next.stages)) {
    if (stage.status === 'requested' || stage.status === 'running')
      stopping = cancelStage(stopping, stage, asked.reason, now);
    if (stage.status === 'blocked' || stage.status === 'pending')
      stopping = endStage(stopping, stage.key, 'cancelled', now, 'cancelled');
  }
  return stopped(stopping, now);
}

/** Ends a release that was asked to stop, once nothing of it runs: rolled back if users had seen what was taken back. */
export function stopped(state: Advance, now: Date): Advance {
  const stages = Object.values(state.next.stages);
  if (stages.some(isBusy)) return state;
  const seen = stages.find(wasTakenBack);
  return seen ? takenBack(state, seen, now) : cancelled(state, now);
}

/** Where a release goes back as well that has just ended with a canary: in its phase, wherever the rollout was over. */
export function goesBackBeside(before: Release, after: Release): string[] {
  const stage = after.stages[after.cause?.stage ?? ''];
  const hasEndedNow = before.status === 'running' && after.status === 'rolled_back';
  if (!hasEndedNow || !stage?.environment || !wasTakenBack(stage)) return [];
  return phaseOf(after, stage.environment).filter((environment) => environment !== stage.environment);
}

export function wasTakenBack(stage: StageState): boolean {
  return stage.status !== 'succeeded' && stage.outputs?.rollback?.exposed === true;
}

function takenBack(state: Advance, stage: StageState, now: Date): Advance {
  const target = stage.outputs?.rollback?.target;
  const cause = { code: stage.reason ?? 'rolled_back', detail: stage.detail ?? 'taken back', stage: stage.key };
  const next = withStatus(state.next, 'rolled_back', { endedAt: now.toISOString(), cause });
  const event = draft(releaseRolledBack, {
    subject: next.id,
    chainId: next.id,
    content: {
      ...refOf(next),
      environment: stage.environment ?? '',
      exposed: true,
      cause: cause.code,
      detail: cause.detail,
      ...(target && { target }),
    },
  });
  return giveBackSlots({
    ...state,
    next,
    events: [...state.events, event, runFinished(next, 'failure', cause.detail)],
  });
}

function cancelled(state: Advance, now: Date): Advance {
  const detail = state.next.cancelRequested?.reason ?? 'cancelled';
  const next = withStatus(state.next, 'cancelled', {
    endedAt: now.toISOString(),
    cause: { code: 'cancelled', detail },
  });
  const event = draft(releaseCancelled, {
    subject: next.id,
    chainId: next.id,
    content: { ...refOf(next), cause: 'cancelled', detail },
  });
  return giveBackSlots({ ...state, next, events: [...state.events, event, runFinished(next, 'cancel', detail)] });
}
