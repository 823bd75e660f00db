import {
  draft,
  hasEnded,
  isSameJson,
  pipelineRunFinished,
  pipelineRunStarted,
  pipelineRunUri,
  releaseCompleted,
  releaseFailed,
  releaseStarted,
  stageBlocked,
  stageFinished,
} from '@signalbox/domain';
import type { Blocker, EventDraft, Outcome, StandardOutcome } from '@signalbox/domain';
import { expiresAt, ruleStates } from './approval.js';
import { stageBlockers, waitsSince } from './blockers.js';
import { groupFailure } from './phase.js';
import {
  environmentsOf,
  isOver,
  isTakenBackNow,
  nameOf,
  rollbacksUnderWay,
  withFreshStage,
  withStage,
  withStatus,
} from './release.js';
import type { PlanGroup, Release, StageState } from './release.js';
import { requestEvent } from './request.js';
import type { SlotAction, World } from './world.js';

export interface Advance {
  next: Release;
  events: EventDraft[];
  slots: SlotAction[];
}

/**
 * Takes a release as far as it can go now: requests what may start, names what blocks the rest, ends what is over.
 * Level-triggered and idempotent: asking twice changes nothing.
 */
export function advance(release: Release, world: World): Advance {
  const state: Advance = { next: release, events: [], slots: [] };
  if (isTakenBackNow(release)) return state;
  const further = passGroups(release.status === 'planned' ? start(state, world.now) : state, world);
  return further.next.status === 'running' ? giveBackSlots(further, world.slots) : further;
}

function passGroups(state: Advance, world: World): Advance {
  if (state.next.status !== 'running') return state;
  for (const [index, group] of state.next.groups.entries()) {
    state = stepGroup(state, group, world);
    if (!isGroupOver(state.next, group)) return state;
    const failure = hasBegun(state.next, state.next.groups[index + 1]) ? undefined : groupFailure(state.next, group);
    if (failure) return fail(state, failure, world.now);
  }
  return end(state, world.now);
}

/** Goes on from a state that already carries events. */
export function goOn(state: Advance, world: World): Advance {
  const further = advance(state.next, world);
  return {
    next: further.next,
    events: [...state.events, ...further.events],
    slots: [...state.slots, ...further.slots],
  };
}

function start(state: Advance, now: Date): Advance {
  const next = withStatus(state.next, 'running', { startedAt: now.toISOString() });
  return {
    ...state,
    next,
    events: [
      ...state.events,
      draft(releaseStarted, { subject: next.id, chainId: next.id, content: refOf(next) }),
      draft(pipelineRunStarted, {
        subject: next.id,
        chainId: next.id,
        content: { pipelineName: nameOf(next), uri: pipelineRunUri(next.id) },
        customData: { releaseId: next.id },
      }),
    ],
  };
}

export function refOf(release: Release): { releaseId: string; application: string; version: string } {
  return { releaseId: release.id, application: release.application, version: release.version };
}

function isGroupOver(release: Release, group: PlanGroup): boolean {
  return group.stages.every((key) => hasEnded(release.stages[key]?.status ?? 'pending'));
}

/** What comes after a group that has passed is not judged by it again. */
function hasBegun(release: Release, group: PlanGroup | undefined): boolean {
  return group?.stages.some((key) => release.stages[key]?.status !== 'pending') ?? false;
}

function stepGroup(state: Advance, group: PlanGroup, world: World): Advance {
  return group.stages.reduce((current, key) => {
    const stage = current.next.stages[key];
    if (!stage || !['pending', 'blocked'].includes(stage.status)) return current;
    return stepStage(current, stage, world);
  }, state);
}

function stepStage(state: Advance, stage: StageState, world: World): Advance {
  if (isDeadEnd(state.next, stage)) {
    const detail = 'its deployment did not succeed';
    return endStage(state, stage.key, 'skipped', world.now, 'nothing_deployed', { detail });
  }
  if (stage.kind === 'approve' && ruleStates(state.next, stage.key, world.protection).length === 0) {
    const detail = 'no approval is asked for';
    return endStage(state, stage.key, 'skipped', world.now, 'not_required', { detail });
  }
  const since = stage.blockedSince ?? world.now.toISOString();
  const waiting = { ...stage, blockedSince: since };
  const blockers = stageBlockers(state.next, waiting, world);
  if (blockers.length > 0) {
    const expiry = expiresAt(state.next, waiting, blockers, world.now);
    if (stage.status === 'blocked' && expiry && expiry <= world.now)
      return endStage(state, stage.key, 'failed', world.now, 'approval_expired');
    return block(state, waiting, blockers, world);
  }
  if (stage.kind === 'approve') return endStage(state, stage.key, 'succeeded', world.now);
  return request(state, stage, world);
}

/** A test or watch of an environment whose deployment failed has nothing to look at. */
function isDeadEnd(release: Release, stage: StageState): boolean {
  if (stage.environment === undefined || stage.kind === 'deploy' || stage.kind === 'approve') return false;
  return Object.values(release.stages).some(
    (other) =>
      other.kind === 'deploy' &&
      other.environment === stage.environment &&
      hasEnded(other.status) &&
      other.status !== 'succeeded',
  );
}

function block(state: Advance, stage: StageState, blockers: Blocker[], world: World): Advance {
  const isNews = stage.status !== 'blocked' || !isSameJson(stage.blockers, blockers);
  const slots = [...state.slots];
  const environment = stage.environment;
  if (
    environment &&
    world.holderDoes[environment] === 'monitors' &&
    blockers.every((blocker) => blocker.code === 'environment_busy')
  ) {
    slots.push({ environment, action: 'want' });
  }
  if (!isNews) return { ...state, slots };
  const at = world.now.toISOString();
  const since = { blockedSince: stage.blockedSince ?? at, waitsSince: waitsSince(stage, blockers, at) };
  return {
    next: withStage(state.next, stage.key, { status: 'blocked', blockers, ...since }),
    events: [
      ...state.events,
      draft(stageBlocked, {
        subject: state.next.id,
        chainId: state.next.id,
        content: { ...refOf(state.next), stage: stage.key, attempt: stage.attempt, blockers },
      }),
    ],
    slots,
  };
}

function request(state: Advance, stage: StageState, world: World): Advance {
  const attempt = stage.attempt + 1;
  const { environment } = stage;
  const slots: SlotAction[] =
    environment === undefined
      ? state.slots
      : [...state.slots, { environment, action: stage.kind === 'deploy' ? 'take' : 'keep' }];
  const next = withFreshStage(state.next, stage.key, {
    status: 'requested',
    attempt,
    ...(stage.errored && { errored: stage.errored }),
    ...(stage.retriedBy && { retriedBy: stage.retriedBy }),
    requestedAt: world.now.toISOString(),
  });
  const event = requestEvent(next, next.stages[stage.key] as StageState, world);
  return { next, events: [...state.events, event], slots };
}

/** Ends a stage that planning decides itself, and says so. */
export function endStage(
  state: Advance,
  key: string,
  outcome: Outcome | 'skipped',
  now: Date,
  reason?: string,
  more: Partial<StageState> = {},
): Advance {
  const { next } = state;
  const stage = next.stages[key];
  const ended = withStage(next, key, {
    ...more,
    status: outcome,
    outcome,
    blockers: [],
    endedAt: now.toISOString(),
    ...(reason && { reason }),
  });
  delete ended.stages[key]?.cancelling;
  return {
    ...state,
    next: ended,
    events: [
      ...state.events,
      draft(stageFinished, {
        subject: next.id,
        chainId: next.id,
        content: {
          ...refOf(next),
          stage: key,
          attempt: stage?.attempt ?? 0,
          outcome,
          ...(reason && { reason }),
          ...(more.detail && { detail: more.detail }),
        },
      }),
    ],
  };
}

/**
 * Slots are kept until the release's last stage in that environment has ended, and while it is taken back there. `slots`:
 * only those it holds.
 */
export function giveBackSlots(state: Advance, slots?: World['slots']): Advance {
  const isHeld = (environment: string) => !slots || slots[environment]?.holder?.releaseId === state.next.id;
  // An approval belongs to a phase, which may be named like an environment.
  const stages = Object.values(state.next.stages).filter(({ kind }) => kind !== 'approve');
  const goingBack = rollbacksUnderWay(state.next).map(({ environment }) => environment);
  const free = (environmentsOf(state.next) ?? [])
    .filter((environment) => isHeld(environment) && !goingBack.includes(environment))
    .filter((environment) =>
      stages.every((stage) => stage.environment !== environment || hasEnded(stage.status) || isOver(state.next)),
    );
  return {
    ...state,
    slots: [...state.slots, ...free.map((environment) => ({ environment, action: 'give_back' as const }))],
  };
}

/** The stage that failed decides how the release ends; what has not begun stays pending, for a retry. */
function fail(state: Advance, stage: StageState, now: Date): Advance {
  const detail = stage.detail ?? stage.reason ?? stage.status;
  const cause = { code: stage.reason ?? stage.status, detail, stage: stage.key };
  const next = withStatus(state.next, 'failed', { endedAt: now.toISOString(), cause });
  const failed = draft(releaseFailed, {
    subject: next.id,
    chainId: next.id,
    content: { ...refOf(next), stage: stage.key, cause: cause.code, detail },
  });
  return giveBackSlots({ ...state, next, events: [...state.events, failed, runFinished(next, 'failure', detail)] });
}

function end(state: Advance, now: Date): Advance {
  const { next } = state;
  const wantsTag = next.definition?.version.createTag === true && next.tag === undefined;
  const tagName = next.definition?.version.tagFormat.replace('${version}', next.version) ?? '';
  const completed = withStatus(next, 'completed', {
    endedAt: now.toISOString(),
    ...(wantsTag && { tag: { name: tagName, done: false } }),
  });
  const event = draft(releaseCompleted, {
    subject: next.id,
    chainId: next.id,
    content: { ...refOf(next), ...(next.superseded && { superseded: true }) },
  });
  return giveBackSlots({
    ...state,
    next: completed,
    events: [...state.events, event, runFinished(completed, 'success')],
  });
}

export function runFinished(release: Release, outcome: StandardOutcome, errors?: string): EventDraft {
  return draft(pipelineRunFinished, {
    subject: release.id,
    chainId: release.id,
    content: { pipelineName: nameOf(release), uri: pipelineRunUri(release.id), outcome, ...(errors && { errors }) },
    customData: { releaseId: release.id },
  });
}
