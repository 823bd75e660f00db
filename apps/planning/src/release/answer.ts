import { hasEnded } from '@signalbox/domain';
import type { Blocker, Outcome, StageResult } from '@signalbox/domain';
import { endStage, goOn } from './advance.js';
import type { Advance } from './advance.js';
import { waitsSince } from './blockers.js';
import { goesOnWithout } from './phase.js';
import { withFreshStage, withStage } from './release.js';
import type { Release, StageState } from './release.js';
import { alertReason } from './release-end.js';
import { retryByPolicy, retryDelayMs } from './retry.js';
import { stop, stopped, wasTakenBack } from './stop.js';
import type { World } from './world.js';

/** What an executor said of one attempt. */
export interface Answer {
  stage: string;
  attempt: number;
}

/** The stage this answer is about, when it is the attempt that runs now; an old attempt's answer changes nothing. */
export function currentStage(release: Release, answer: Answer): StageState | undefined {
  const stage = release.stages[answer.stage];
  if (!stage || stage.attempt !== answer.attempt || hasEnded(stage.status)) return undefined;
  return stage.status === 'blocked' || stage.status === 'pending' ? undefined : stage;
}

export function stageHeard(release: Release, answer: Answer & Partial<StageState>, now: Date): Release {
  const stage = currentStage(release, answer);
  if (!stage) return release;
  const at = now.toISOString();
  const status = stage.status === 'requested' ? 'running' : stage.status;
  const { stage: _, attempt: __, ...news } = answer;
  return withStage(release, stage.key, {
    ...news,
    status,
    heardAt: at,
    startedAt: stage.startedAt ?? at,
    ...(news.blockers && {
      blockedSince: blockedSince(stage, news.blockers, at),
      waitsSince: waitsSince(stage, news.blockers, at),
    }),
  });
}

/** While the reasons are the same it goes on waiting, whatever else is told of them; undefined: it waits for nothing. */
function blockedSince(stage: StageState, blockers: readonly Blocker[], at: string): string | undefined {
  if (blockers.length === 0) return undefined;
  const codes = (those: readonly Blocker[]) => those.map(({ code }) => code).join();
  return (codes(stage.blockers) === codes(blockers) && stage.blockedSince) || at;
}

/** An executor has finished: next group, retry, roll back, or end. */
export function stageAnswered(release: Release, answer: StageResult, world: World): Advance {
  const stage = currentStage(release, answer);
  const state: Advance = { next: release, events: [], slots: [] };
  if (!stage) return { ...state, next: withLateWord(release, answer) };
  const result = understood(release, stage, answer);
  const wasSeen = result.outcome !== 'succeeded' && result.outputs?.rollback?.exposed === true;
  if (result.reason === 'gate_closed' && !wasSeen && !release.cancelRequested)
    return again(state, stage, result, world);
  const ended = endStage(state, stage.key, result.outcome, world.now, result.reason, {
    ...(result.detail !== undefined && { detail: result.detail }),
    ...(result.outputs && { outputs: result.outputs }),
    paused: false,
  });
  if (release.cancelRequested) return stopped(ended, world.now);
  // Where the phase has enough without it, the release goes on as after any deployment that failed.
  if (wasSeen && !goesOnWithout(ended.next, stage.environment ?? ''))
    return stop(ended, { by: 'signalbox', reason: `${stage.key} was taken back` }, world.now);
  // The service asks for the rollback, and the release ends with it.
  if (asksForRollback(release, stage, result.outcome)) return ended;
  return goOn(retryByPolicy(ended, stage.key, world.now), world);
}

/** What users saw of an attempt that was given up counts, however late it is told; nothing else does. */
function withLateWord(release: Release, answer: StageResult): Release {
  const stage = seenLate(release, answer);
  if (!stage || !hasEnded(stage.status) || !answer.outputs) return release;
  return withStage(release, stage.key, { outputs: answer.outputs });
}

function seenLate(
  release: Release,
  { stage: key, attempt, outcome, outputs }: Answer & Partial<StageResult>,
): StageState | undefined {
  const stage = release.stages[key];
  const isSeen = outcome !== 'succeeded' && outputs?.rollback?.exposed === true;
  const isNews = stage?.attempt === attempt && !currentStage(release, { stage: key, attempt }) && !wasTakenBack(stage);
  return isSeen && isNews && stage.status !== 'succeeded' ? stage : undefined;
}

/** The answer as the plan takes it: by what the stage had to deliver, and by who asked it to stop. */
function understood(release: Release, stage: StageState, result: StageResult): StageResult {
  if (result.outcome === 'succeeded') {
    const lacks = missingOutput(stage, result);
    return lacks
      ? { ...result, outcome: 'errored', reason: 'incomplete_answer', detail: `succeeded without ${lacks}` }
      : result;
  }
  // A silent executor was told to stop and did: we could not find out.
  if (result.outcome === 'cancelled' && stage.cancelling && !release.cancelRequested)
    return { ...result, outcome: 'errored', reason: 'executor_silent', detail: stage.cancelling.reason };
  if (stage.kind === 'monitor' && result.outcome === 'failed' && !asksForRollback(release, stage, 'failed'))
    return {
      ...result,
      outcome: 'succeeded',
      reason: alertReason,
      detail: `alert: ${result.detail ?? 'the watch failed'}`,
    };
  return result;
}

function missingOutput(stage: StageState, { outputs }: StageResult): string | undefined {
  if (stage.kind === 'build' && !outputs?.artifact) return 'an artifact';
  return stage.kind === 'deploy' && !outputs?.live ? 'what is live' : undefined;
}

/**
 * The gate closed at the effect: wait again; it does not count among what errored. A deployment leaves its environment
 * to others meanwhile, who may pass the gate: nothing of it is there.
 */
function again(state: Advance, stage: StageState, result: StageResult, world: World): Advance {
  const next = withFreshStage(state.next, stage.key, {
    status: 'blocked',
    ...(stage.errored && { errored: stage.errored }),
    ...(stage.retriedBy && { retriedBy: stage.retriedBy }),
    blockers: result.blockers ?? [],
    blockedSince: world.now.toISOString(),
    notBefore: result.retryAfter ?? new Date(world.now.getTime() + retryDelayMs).toISOString(),
    ...(result.detail && { detail: result.detail }),
  });
  if (stage.kind !== 'deploy' || stage.environment === undefined) return { ...state, next };
  return { ...state, next, slots: [{ environment: stage.environment, action: 'give_back' }] };
}

function asksForRollback(release: Release, stage: StageState, outcome: Outcome): boolean {
  const environment = release.definition?.environments[stage.environment ?? ''];
  return stage.kind === 'monitor' && outcome === 'failed' && environment?.watch.onFailure === 'roll_back';
}

/** What an answer means for the environment its stage works in. */
export interface Consequence {
  /** A failed watch: what runs there goes back. */
  rollBackIn?: string;
  /** Users saw what the deployer has taken back: its digest may not come again. */
  takenBackIn?: string;
}

/** @param before the release as it was when the answer came, @param after as the answer has left it */
export function consequenceOf(before: Release, after: Release, answer: Answer & Partial<StageResult>): Consequence {
  const late = seenLate(before, answer);
  if (late?.environment) return { takenBackIn: late.environment };
  const stage = currentStage(before, answer);
  const ended = after.stages[answer.stage];
  if (!stage?.environment || !ended || !hasEnded(ended.status)) return {};
  const asks = !before.cancelRequested && asksForRollback(before, stage, ended.status as Outcome);
  return {
    ...(asks && { rollBackIn: stage.environment }),
    ...(wasTakenBack(ended) && { takenBackIn: stage.environment }),
  };
}
