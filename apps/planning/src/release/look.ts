import { endStage, goOn } from './advance.js';
import type { Advance } from './advance.js';
import { answerDueAt, patienceMs, silentAt } from './deadlines.js';
import { isTakenBackNow } from './release.js';
import type { Release, StageState } from './release.js';
import { retryByPolicy } from './retry.js';
import { rollbackOverdue } from './rollback-answer.js';
import { cancelStage, stopped } from './stop.js';
import type { World } from './world.js';

/** Looks at a release because time has passed: silent executors, graces that ran out, then whatever may go on. */
export function look(release: Release, world: World): Advance {
  const overdue = rollbackOverdue(release, world);
  if (overdue) return overdue;
  // Its answer ends the release, whatever was asked of it before.
  if (isTakenBackNow(release)) return { next: release, events: [], slots: [] };
  let state: Advance = { next: release, events: [], slots: [] };
  if (release.status !== 'running' && release.status !== 'planned') return state;
  if (world.hearsSince !== undefined) {
    for (const stage of Object.values(release.stages)) state = lookAtStage(state, stage, world, world.hearsSince);
  }
  return state.next.cancelRequested ? stopped(state, world.now) : goOn(state, world);
}

function lookAtStage(state: Advance, stage: StageState, { now }: World, hearsSince: Date): Advance {
  if (stage.status === 'cancelling' && stage.cancelling) {
    // While nothing could be heard the wish to cancel may not have gone out, either.
    const due = answerDueAt(stage, hearsSince);
    if (due && due > now) return state;
    const detail = `no answer to: ${stage.cancelling.reason}`;
    const silent = endStage(state, stage.key, 'errored', now, 'executor_silent', { detail });
    return state.next.cancelRequested ? silent : retryByPolicy(silent, stage.key, now);
  }
  if (stage.status !== 'requested' && stage.status !== 'running') return state;
  if (silentAt(state.next, stage, hearsSince) > now) return state;
  const seconds = patienceMs(stage) / 1000;
  return cancelStage(state, stage, `nothing heard from the ${stage.kind} service for ${seconds}s`, now);
}
