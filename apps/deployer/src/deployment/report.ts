import {
  analysisCancelled,
  analysisRequested,
  draft,
  rolloutAdvanced,
  rolloutPaused,
  serviceDeployed,
  serviceRolledBack,
  serviceUpgraded,
  stageEnded,
  stageMoved,
  topics,
} from '@signalbox/domain';
import type { Blocker, EventDraft, StageOutputs } from '@signalbox/domain';
import { runningOf } from '../environment/environment.js';
import type { Environment } from '../environment/environment.js';
import { analysisOf } from './deployment.js';
import type { Deployment } from './deployment.js';

const tellEveryMs = 5_000;
const tellAtLeastEveryMs = 15_000;

export interface Reported {
  next: Deployment;
  events: EventDraft[];
}

/** What the world is told of a change from `before` to `next`; `environment` is how it stands after it. */
export function report(
  before: Deployment,
  next: Deployment,
  environment: Environment,
  waiting: Blocker[],
  now: Date,
): Reported {
  const events: EventDraft[] = [];
  let told = next;
  // A further step may keep the weight: its requests are judged anew all the same.
  const isFurther = next.weight !== before.weight || next.weightStep !== before.weightStep;
  const isAdvanced = isFurther && next.status !== 'taking_back';
  if (isAdvanced) {
    events.push(advanced(next));
    const { overridden: _, ...rest } = next;
    told = rest;
  }
  if (isAdvanced || isReadElsewhere(next, environment)) {
    const requested = requestAnalysis(told, environment, now);
    told = requested.next;
    events.push(...requested.events);
  }
  if (next.status === 'paused' && before.pausedFor?.reason !== next.pausedFor?.reason) events.push(paused(next));
  if (next.ended && !before.ended) return { next: told, events: [...events, ...ending(told, environment)] };
  return next.ended ? { next: told, events } : progress(told, waiting, now, events);
}

function about(deployment: Deployment) {
  const { of, application, environment, running } = deployment;
  return { releaseId: of.releaseId, application, environment, version: running.version, deploymentId: deployment.id };
}

function advanced(next: Deployment): EventDraft {
  const promotion = next.overridden && { overriddenBy: next.overridden.by, reason: next.overridden.reason };
  const content = { ...about(next), step: next.weightStep, weight: next.weight, ...promotion };
  return draft(rolloutAdvanced, { subject: next.id, chainId: next.of.releaseId, content });
}

function paused(next: Deployment): EventDraft {
  const { reason = 'pause', detail } = next.pausedFor ?? {};
  return draft(rolloutPaused, {
    subject: next.id,
    chainId: next.of.releaseId,
    content: { ...about(next), weight: next.weight, reason, ...(detail && { detail }) },
  });
}

/** The host serves elsewhere than where the monitor was told to read. */
function isReadElsewhere({ status, analysis }: Deployment, { metricsUrl = '' }: Environment): boolean {
  const isJudged = status === 'stepping' || status === 'paused';
  return isJudged && analysis?.metricsUrl !== undefined && analysis.metricsUrl !== metricsUrl;
}

/** One analysis per rollout; each step that sets a weight tells it where it stands. */
function requestAnalysis(next: Deployment, environment: Environment, now: Date): Reported {
  const config = analysisOf(next);
  const { current: baseline, metricsUrl = '' } = environment;
  if (!config || !baseline || next.steps.length === 0 || next.weight === 0 || next.weight === 100)
    return { next, events: [] };
  const id = next.analysis?.id ?? `ana_${next.id}`;
  const event = draft(analysisRequested, {
    subject: id,
    chainId: next.of.releaseId,
    content: {
      ...about(next),
      analysisId: id,
      metricsUrl,
      canary: next.id,
      baseline: baseline.deploymentId,
      baselineVersion: baseline.version,
      config,
      startTimeout: next.definition.runtime.startTimeout,
      weight: next.weight,
      step: next.weightStep,
    },
  });
  const analysis = { ...next.analysis, id, requestedAt: now.toISOString(), metricsUrl };
  return { next: { ...next, analysis }, events: [event] };
}

function ending(deployment: Deployment, environment: Environment): EventDraft[] {
  const { of, ended, analysis } = deployment;
  if (!ended) return [];
  const { at: _, lastLines, ...result } = ended;
  const outputs = { ...outputsOf(deployment, environment), ...(lastLines && { lastLines }) };
  const events: EventDraft[] = [];
  if (analysis) {
    const content = { releaseId: of.releaseId, analysisId: analysis.id, reason: ended.outcome };
    events.push(draft(analysisCancelled, { subject: analysis.id, chainId: of.releaseId, content }));
  }
  const service = serviceEvent(deployment, environment);
  if (service) events.push(service);
  events.push(stageEnded(topics.deployment, of, { ...result, outputs }));
  return events;
}

function outputsOf(deployment: Deployment, environment: Environment): StageOutputs {
  const { ended, exposed, flagged, back, mode } = deployment;
  if (ended?.outcome === 'succeeded') {
    const { current, previous, url = '', metricsUrl = '' } = environment;
    const live = current && {
      current: runningOf(current),
      ...(previous && { previous: runningOf(previous) }),
      url,
      metricsUrl,
      slotVersion: current.slotVersion,
    };
    const durationMs = Date.parse(ended.at) - Date.parse(deployment.requestedAt);
    return {
      ...(live && { live }),
      ...(flagged && { flagged }),
      ...(mode === 'rollback' && { rollback: { exposed: true, target: deployment.running.version, durationMs } }),
    };
  }
  if (!back) return {};
  const target = environment.current?.version;
  const durationMs = Date.parse(ended?.at ?? back.since) - Date.parse(back.since);
  const analysis = deployment.analysis?.last;
  return {
    rollback: { exposed, durationMs, ...(target && { target }) },
    ...(analysis && { verdict: analysis.verdict, evidence: { judgement: analysis.number, summary: analysis.summary } }),
  };
}

function serviceEvent(deployment: Deployment, environment: Environment): EventDraft | undefined {
  const { ended, exposed, running, of, mode } = deployment;
  const isBack = ended?.outcome !== 'succeeded';
  // A rollback that is itself taken back leaves what it was to replace: nothing was rolled back.
  if (isBack && (!exposed || mode === 'rollback')) return undefined;
  const contract =
    isBack || mode === 'rollback' ? serviceRolledBack : environment.previous ? serviceUpgraded : serviceDeployed;
  const live = isBack ? environment.current : undefined;
  return draft(contract, {
    subject: environment.id,
    chainId: of.releaseId,
    content: { environment: { id: environment.environment }, artifactId: live?.purl ?? running.purl },
    customData: {
      releaseId: of.releaseId,
      application: deployment.application,
      version: running.version,
      deploymentId: deployment.id,
      digest: running.digest,
      slotVersion: running.slotVersion,
      ...(environment.url && { url: environment.url }),
      ...(environment.previous && { previousVersion: environment.previous.version }),
      ...(isBack && { exposed, reason: ended?.reason ?? 'taken back' }),
      ...(mode === 'rollback' && { reason: deployment.reason ?? 'rollback' }),
    },
  });
}

/** Says how it goes: at once when what it waits for has changed, otherwise every few seconds. */
function progress(next: Deployment, waiting: Blocker[], now: Date, events: EventDraft[]): Reported {
  const summary = summaryOf(next);
  const isPaused = next.status === 'paused';
  const state = JSON.stringify([isPaused, next.weight, waiting.map((blocker) => blocker.code)]);
  const sinceMs = now.getTime() - Date.parse(next.toldAt ?? next.requestedAt);
  const isDue = next.toldAt === undefined || sinceMs >= (next.analysis ? tellEveryMs : tellAtLeastEveryMs);
  if (next.told === state && !isDue) return { next, events };
  const { releaseId, stage, attempt } = next.of;
  const moved = stageMoved(topics.deployment, { releaseId, stage, attempt, summary, paused: isPaused, waiting });
  return { next: { ...next, told: state, toldAt: now.toISOString() }, events: [...events, moved] };
}

function summaryOf(deployment: Deployment): string {
  const last = deployment.analysis?.last;
  if (deployment.status === 'taking_back') return `going back: ${deployment.back?.detail ?? ''}`;
  if (deployment.status === 'starting' && deployment.trouble) return `waits: ${deployment.trouble}`;
  if (!last || last.step !== deployment.weightStep)
    return deployment.steps.length > 0 ? `${deployment.weight} %` : deployment.status;
  const { requests, failed } = last.canary;
  const needed = last.needed === undefined ? '' : ` of ${last.needed}`;
  return `${deployment.weight} %, ${requests}${needed} requests, ${failed} failed`;
}
