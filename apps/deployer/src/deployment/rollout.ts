import { durationMs, isSameJson } from '@signalbox/domain';
import type { Blocker, DeploymentFailureCode, Judgement } from '@signalbox/domain';
import { analysisOf, isLate, patienceMs, progressDeadlineMs } from './deployment.js';
import type { Deployment, Ending, PauseReason } from './deployment.js';
import { end, takeBack, takeBackFailed, takeBackLate } from './ending.js';
import type { Facts } from './facts.js';
import { place, withoutInFlight } from './placing.js';

/** Cured by waiting: the store is being restarted, somebody makes room. The host goes on trying. */
const passing: ReadonlySet<DeploymentFailureCode> = new Set(['artifact_unavailable', 'disk_full']);
const silenceFloorMs = 30_000;
const silencePatienceMs = 60_000;

/** One round of a rollout: how it stands next. What should run follows from it, see `carryOut`. */
export function step(deployment: Deployment, facts: Facts): Deployment {
  switch (deployment.status) {
    case 'waiting':
      return place(deployment, facts);
    case 'starting':
      return awaitReadiness(deployment, facts);
    case 'stepping':
    case 'paused':
      return forward(deployment, facts);
    case 'finishing':
      return finish(deployment, facts);
    case 'taking_back':
      return endTakingBack(deployment, facts);
    case 'ended':
      return deployment;
  }
}

/** Users are on the version that was to come back: nothing brings the other one again. */
export function isRestored({ mode, status }: Deployment): boolean {
  return mode === 'rollback' && status === 'finishing';
}

/** Of a step that is over by now it changes nothing: nobody has looked at the one that came after. */
export function isPromotable(deployment: Deployment, { full, step: seen }: { full: boolean; step?: number }): boolean {
  return isStepping(deployment) && (full || seen === undefined || seen === deployment.step);
}

function isStepping(deployment: Deployment): boolean {
  return deployment.status === 'stepping' || deployment.status === 'paused';
}

/** Hears a judgement; only one that is newer, of a rollout that still steps, counts. */
export function judge(deployment: Deployment, judgement: Judgement, now: Date): Deployment {
  const { analysis } = deployment;
  if (!analysis || !isStepping(deployment) || judgement.number <= (analysis.last?.number ?? 0)) return deployment;
  return { ...deployment, analysis: { ...analysis, last: { ...judgement, at: now.toISOString() } } };
}

function awaitReadiness(deployment: Deployment, facts: Facts): Deployment {
  const { observed, now } = facts;
  if (facts.isPut && observed?.status === 'ready') {
    const isCanary = deployment.steps.length > 0;
    return isCanary
      ? enter({ ...deployment, status: 'stepping' }, 0, now)
      : { ...deployment, status: 'finishing', weight: 100, exposed: true, stepSince: now.toISOString() };
  }
  const failure = facts.isPut && observed?.status === 'failed' ? observed.failure : undefined;
  if (failure && !passing.has(failure.code)) {
    const { message, lastLines } = failure;
    return takeBack(deployment, now, { outcome: 'failed', reason: 'not_ready', detail: message, lastLines });
  }
  const waiting = facts.isPut && observed ? withTrouble(deployment, failure?.message) : deployment;
  return isLate(deployment, deployment.startingSince, facts)
    ? takeBack(waiting, now, lateEnding(waiting, facts))
    : waiting;
}

/** What the host says while it tries again; over as soon as it says nothing of it any more. */
function withTrouble(deployment: Deployment, trouble: string | undefined): Deployment {
  if (trouble === deployment.trouble) return deployment;
  const { trouble: _over, ...rest } = deployment;
  return trouble === undefined ? rest : { ...rest, trouble };
}

function lateEnding(deployment: Deployment, { hasLooked }: Facts): Ending {
  const trouble = hasLooked ? deployment.trouble : 'calls to the host fail';
  return { outcome: 'failed', reason: 'progress_deadline', detail: lateWords(deployment, trouble) };
}

function lateWords(deployment: Deployment, trouble: string | undefined): string {
  return `not ready in ${progressDeadlineMs(deployment) / 1000}s${trouble ? `: ${trouble}` : ''}`;
}

/** Begins a step; a promotion was for the step before. */
function enter(deployment: Deployment, index: number, now: Date): Deployment {
  const { promotion: _, pausedFor: __, ...rest } = deployment;
  return { ...rest, status: 'stepping', step: index, stepSince: now.toISOString() };
}

function forward(deployment: Deployment, facts: Facts): Deployment {
  const { now } = facts;
  if (deployment.analysis?.last?.verdict === 'failed') return takeBackFailed(deployment, now);
  const gated = heedGates(deployment, facts);
  if (gated) return gated;
  // A person who goes past a step does so also without the monitor.
  const silent = deployment.promotion ? undefined : heedSilence(deployment, facts);
  if (silent) return silent;
  if (deployment.promotion?.full) return promotedFully(deployment, now);
  const current = deployment.steps[deployment.step];
  if (!current) return goFull(deployment, facts);
  if (current.setWeight !== undefined) return setWeight(deployment, current.setWeight, facts);
  if (deployment.promotion) return promoted(deployment, current.manualGate?.team, now);
  if (current.analysis) return awaitVerdict(deployment, durationMs(current.analysis.duration), now);
  if (current.pause) return awaitPause(deployment, current.pause.duration, now);
  if (current.manualGate) return awaitGate(deployment, current.manualGate.team, now);
  return enter(deployment, deployment.step + 1, now);
}

/** A gate that closes stops the next step: pause at this weight, go back, or (by its own rule) finish. */
function heedGates(deployment: Deployment, facts: Facts): Deployment | undefined {
  const { now } = facts;
  const stopping = facts.gates.filter((gate) => gate.inFlight !== 'finish');
  if (stopping.some((gate) => gate.inFlight === 'abort')) {
    const detail = stopping.find((gate) => gate.inFlight === 'abort')?.detail ?? 'a gate is closed';
    return takeBack(deployment, now, { outcome: 'cancelled', reason: 'gate_closed', detail });
  }
  if (stopping.length > 0) return pause(deployment, 'gate_closed', now, stopping.map(withoutInFlight));
  if (!facts.areGatesKnown) return pause(deployment, 'gate_closed', now, [gatesUnknown]);
  return deployment.pausedFor?.reason === 'gate_closed' ? resumed(deployment, now) : undefined;
}

export const gatesUnknown: Blocker = {
  code: 'gates_unknown',
  detail: 'planning has not been heard for 60s, or not all that it said',
  who: 'operator',
  command: 'doctor',
};

/** No judgement for too long: pause, then what the definition says. */
function heedSilence(deployment: Deployment, { now, hearsSince }: Facts): Deployment | undefined {
  const { analysis } = deployment;
  const settings = analysisOf(deployment);
  if (!analysis || !settings || hearsSince === undefined) return undefined;
  const heard = Math.max(Date.parse(analysis.last?.at ?? analysis.requestedAt), hearsSince.getTime());
  const silentMs = now.getTime() - heard;
  const limitMs = Math.max(3 * durationMs(settings.interval), silenceFloorMs);
  if (silentMs < limitMs)
    return deployment.pausedFor?.reason === 'analysis_silent' ? resumed(deployment, now) : undefined;
  const detail = `no judgement for ${Math.floor(silentMs / 1000)}s`;
  if (silentMs > limitMs + silencePatienceMs && settings.onSilence === 'roll_back') {
    return takeBack(deployment, now, { outcome: 'failed', reason: 'analysis_silent', detail });
  }
  const blocker = { code: 'analysis_silent', detail: 'the monitor does not judge', who: 'operator', command: 'doctor' };
  return pause(deployment, 'analysis_silent', now, [blocker]);
}

function setWeight(deployment: Deployment, weight: number, facts: Facts): Deployment {
  if (deployment.weight !== weight || deployment.weightStep !== deployment.step) {
    return { ...deployment, weight, weightStep: deployment.step, exposed: deployment.exposed || weight > 0 };
  }
  return facts.isPut ? enter(deployment, deployment.step + 1, facts.now) : deployment;
}

/** A person goes past the step; a manual gate takes somebody of its team. */
function promoted(deployment: Deployment, team: string | undefined, now: Date): Deployment {
  const { promotion, ...rest } = deployment;
  if (team !== undefined && !promotion?.teams.includes(team)) return rest;
  return overridden(deployment, deployment.step + 1, now);
}

/** Who skips every step gets as far as the next gate of a team that is not theirs. */
function promotedFully(deployment: Deployment, now: Date): Deployment {
  const { promotion, ...rest } = deployment;
  const gate = deployment.steps.findIndex(
    ({ manualGate }, index) => index >= deployment.step && manualGate && !promotion?.teams.includes(manualGate.team),
  );
  if (gate === deployment.step) return rest;
  return overridden(deployment, gate === -1 ? deployment.steps.length : gate, now);
}

/** Goes past by a person's word, which is told with the next weight. */
function overridden(deployment: Deployment, step: number, now: Date): Deployment {
  const { by = '', reason = '' } = deployment.promotion ?? {};
  return enter({ ...deployment, overridden: { by, reason } }, step, now);
}

function awaitVerdict(deployment: Deployment, limitMs: number, now: Date): Deployment {
  const last = deployment.analysis?.last;
  if (last?.step === deployment.weightStep && last.verdict === 'passed')
    return enter(deployment, deployment.step + 1, now);
  const waitedMs = now.getTime() - Date.parse(deployment.stepSince ?? deployment.requestedAt);
  if (waitedMs < limitMs) return deployment;
  const onInconclusive = analysisOf(deployment)?.onInconclusive ?? 'pause';
  const detail = last ? last.summary : 'no requests yet';
  if (onInconclusive === 'roll_back')
    return takeBack(deployment, now, { outcome: 'failed', reason: 'analysis_inconclusive', detail });
  if (onInconclusive === 'promote_flagged')
    return enter({ ...deployment, flagged: `inconclusive: ${detail}` }, deployment.step + 1, now);
  if (waitedMs - limitMs > patienceMs(deployment)) return takeBackLate(deployment, now);
  const blocker = {
    code: 'analysis_inconclusive',
    detail,
    who: 'traffic, or release-manager',
    command: `rollout promote ${deployment.application} --env ${deployment.environment} --reason R`,
  };
  return pause(deployment, 'analysis_inconclusive', now, [blocker]);
}

function awaitPause(deployment: Deployment, duration: string | undefined, now: Date): Deployment {
  const waitedMs = now.getTime() - Date.parse(deployment.stepSince ?? deployment.requestedAt);
  if (duration !== undefined && waitedMs >= durationMs(duration)) return enter(deployment, deployment.step + 1, now);
  if (duration === undefined && waitedMs > patienceMs(deployment)) return takeBackLate(deployment, now);
  if (duration !== undefined) return deployment;
  return pause(deployment, 'pause', now, [gateBlocker(deployment, 'a person')]);
}

function awaitGate(deployment: Deployment, team: string, now: Date): Deployment {
  const waitedMs = now.getTime() - Date.parse(deployment.stepSince ?? deployment.requestedAt);
  if (waitedMs > patienceMs(deployment)) return takeBackLate(deployment, now);
  return pause(deployment, 'manual_gate', now, [gateBlocker(deployment, team)]);
}

function gateBlocker(deployment: Deployment, who: string): Blocker {
  return {
    code: 'manual_gate',
    detail: `step ${deployment.step + 1} waits for ${who}`,
    who,
    command: `rollout promote ${deployment.application} --env ${deployment.environment} --reason R`,
  };
}

/** All steps are done: the last forward step is to take all traffic. */
function goFull(deployment: Deployment, { now }: Facts): Deployment {
  const { pausedFor: _, promotion: __, ...rest } = deployment;
  return {
    ...rest,
    status: 'finishing',
    weight: 100,
    weightStep: deployment.steps.length,
    exposed: true,
    stepSince: now.toISOString(),
  };
}

function finish(deployment: Deployment, facts: Facts): Deployment {
  const { observed, now } = facts;
  if (facts.isPut && observed?.status === 'ready' && observed.weight >= 100)
    return end(deployment, now, { outcome: 'succeeded' });
  if (!isLate(deployment, deployment.stepSince ?? deployment.startingSince, facts)) return deployment;
  if (!isRestored(deployment)) return takeBack(deployment, now, lateEnding(deployment, facts));
  // It stays, and keeps no other rollout out: the host goes on trying.
  const flagged = lateWords(deployment, observed?.failure?.message);
  return facts.hasLooked ? end({ ...deployment, flagged }, now, { outcome: 'succeeded' }) : deployment;
}

/** Ends once the host has acknowledged a state without it. */
function endTakingBack(deployment: Deployment, facts: Facts): Deployment {
  if (!facts.isPut || !facts.hasLooked || !deployment.back) return deployment;
  const isStillServing = facts.observed !== undefined && facts.observed.weight > 0;
  if (isStillServing) return deployment;
  const { since: _, ...ending } = deployment.back;
  return end(deployment, facts.now, ending);
}

function pause(deployment: Deployment, reason: PauseReason, now: Date, blockers: Blocker[]): Deployment {
  const since = deployment.pausedFor?.reason === reason ? deployment.pausedFor.since : now.toISOString();
  const detail = blockers.map((blocker) => blocker.detail).join('; ');
  const pausedFor = { reason, since, detail, blockers };
  if (deployment.status === 'paused' && isSameJson(deployment.pausedFor, pausedFor)) return deployment;
  return { ...deployment, status: 'paused', pausedFor };
}

/** Goes on where it was; the time of the pause does not count for the step. */
function resumed(deployment: Deployment, now: Date): Deployment {
  const { pausedFor, ...rest } = deployment;
  const pausedMs = pausedFor ? now.getTime() - Date.parse(pausedFor.since) : 0;
  const stepSince = new Date(Date.parse(deployment.stepSince ?? deployment.requestedAt) + pausedMs).toISOString();
  return { ...rest, status: 'stepping', stepSince };
}
