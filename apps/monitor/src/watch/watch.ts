import { durationMs, stageEnded, stageMoved, stageStarted, topics } from '@signalbox/domain';
import type { Decision, StageAttempt, StageRequest, StageResult } from '@signalbox/domain';
import { downForMs, downSinceOf, downWords, gapMs } from '../judge/down.js';
import { exitsUntil, exitWords } from '../judge/exits.js';
import type { Config, Evidence } from '../judge/opinion.js';
import { add, begin as noEvidence, judge } from '../judge/verdict.js';
import { failedWords } from '../judge/words.js';
import { between, exitsBetween, onlyOf } from '../metrics/counters.js';
import type { Sample } from '../metrics/counters.js';

/** Production after a rollout, for the time it bakes. Nothing is left to compare with: only ranges decide. */
export interface Watch {
  id: string;
  of: StageAttempt;
  releaseId: string;
  application: string;
  environment: string;
  version: string;
  purl: string;
  deploymentId: string;
  metricsUrl: string;
  config: Config;
  bakeMs: number;
  intervalMs: number;
  status: 'watching' | 'ended';
  evidence: Evidence;
  looks: number;
  lastSample?: Sample;
  nextLookAt: string;
  requestedAt: string;
  /** The bake begins when the counters are first read. */
  bakingSince?: string;
  unreadableSince?: string;
  /** None of its processes could serve, at every look since. */
  downSince?: string;
  /** When a process of it ended by itself, lately. */
  exits?: string[];
  /** So long that may last; absent in watches of before it counted. */
  downForMs?: number;
  toldAt: string;
  ended?: { at: string; outcome: string; detail: string };
}

const lookAtLeastEveryMs = 5_000;
const tellEveryMs = 5_000;
const unreadableForMs = 60_000;
const noConfig: Config = { alpha: 0.01, beta: 0.05, metrics: [] };

export function watchIdOf(releaseId: string, stage: string, attempt: number): string {
  return `wat_${releaseId.replace(/^rel_/, '')}-${stage}-${attempt}`;
}

/** A watch as planning asks for it. */
export function begin(request: StageRequest, requestEventId: string, now: Date): Decision<Watch> {
  const { releaseId, stage, attempt, environment = '', target, definition } = request;
  const settings = definition.environments[environment];
  const at = now.toISOString();
  const watch: Watch = {
    id: watchIdOf(releaseId, stage, attempt),
    of: { releaseId, stage, attempt, requestEventId },
    releaseId,
    application: request.application,
    environment,
    version: request.version,
    purl: target?.current.purl ?? '',
    deploymentId: target?.current.deploymentId ?? '',
    metricsUrl: target?.metricsUrl ?? '',
    config: settings?.analysis ?? noConfig,
    bakeMs: durationMs(settings?.watch.bake ?? 'PT0S'),
    intervalMs: Math.min(durationMs(settings?.analysis.interval ?? 'PT10S'), lookAtLeastEveryMs),
    downForMs: Math.max(downForMs, durationMs(definition.runtime.startTimeout)),
    status: 'watching',
    evidence: noEvidence(settings?.analysis ?? noConfig),
    looks: 0,
    nextLookAt: at,
    requestedAt: at,
    toldAt: at,
  };
  if (target && settings) return { next: watch, events: [stageStarted(topics.monitoring, watch.of)] };
  const detail = `nothing that could be watched runs in ${environment}`;
  return end(watch, { outcome: 'errored', reason: 'nothing_live', detail }, now);
}

export function cancel(watch: Watch, reason: string, now: Date): Decision<Watch> {
  if (watch.status === 'ended') return { next: watch, events: [] };
  return end(watch, { outcome: 'cancelled', reason: 'cancelled', detail: reason }, now);
}

/** Nobody can tell how production is: an error once it has lasted, never a pass. */
export function unreadable(watch: Watch, looks: number, reason: string, now: Date): Decision<Watch> {
  if (watch.status === 'ended' || watch.looks !== looks) return { next: watch, events: [] };
  const unreadableSince = watch.unreadableSince ?? now.toISOString();
  if (now.getTime() - Date.parse(unreadableSince) >= unreadableForMs) {
    return end(
      watch,
      { outcome: 'errored', reason: 'metrics_unreadable', detail: `metrics cannot be read: ${reason}` },
      now,
    );
  }
  return tell({ ...looked(seenAnew(watch), now), unreadableSince }, `metrics cannot be read: ${reason}`, now);
}

export function sampled(watch: Watch, looks: number, seen: Sample, now: Date): Decision<Watch> {
  if (watch.status === 'ended' || watch.looks !== looks) return { next: watch, events: [] };
  const sample = onlyOf(seen, [watch.deploymentId]);
  const canary = watch.lastSample && between(watch.lastSample, sample, watch.deploymentId);
  const evidence = canary
    ? add(watch.config, watch.evidence, { boundsMs: sample.boundsMs, canary }, true)
    : watch.evidence;
  const { unreadableSince: _, ...readable } = looked(watch, now);
  const bakingSince = watch.bakingSince ?? now.toISOString();
  const more = watch.lastSample ? exitsBetween(watch.lastSample, sample, watch.deploymentId) : 0;
  const sinceMs = now.getTime() - Date.parse(watch.nextLookAt) + watch.intervalMs;
  const exits = exitsUntil(now, watch.exits ?? [], more, sinceMs);
  const next: Watch = { ...readable, evidence, lastSample: sample, bakingSince, exits };
  const opinion = judge(watch.config, evidence);
  const failure = opinion.verdict === 'failed' ? failedWords(opinion, 'baseline') : exitWords(exits);
  if (failure !== undefined) {
    const detail = `watch FAILED: ${failure}`;
    return end(next, { outcome: 'failed', reason: 'watch_failed', detail, outputs: outputsOf(next, 'failed') }, now);
  }
  const wasAway = now.getTime() - Date.parse(watch.nextLookAt) > gapMs;
  const down = looksDown(wasAway ? seenAnew(next) : next, sample, now);
  const gone = downWords(watch.version, down.downSince, watch.downForMs ?? downForMs, now);
  if (gone !== undefined) {
    const detail = `watch FAILED: ${gone}`;
    return end(next, { outcome: 'failed', reason: 'watch_failed', detail, outputs: outputsOf(next, 'failed') }, now);
  }
  // Who asked meanwhile was served by nobody: no bake ends like that.
  if (down.downSince) return tell(down, `no process of ${watch.version} is ready`, now);
  return bakedUntil(down, opinion.verdict, bakingSince, now);
}

function seenAnew({ downSince: _forgotten, ...watch }: Watch): Watch {
  return watch;
}

function looksDown(watch: Watch, sample: Sample, now: Date): Watch {
  const downSince = downSinceOf(sample.deployments[watch.deploymentId]?.ready, watch.downSince, now);
  return { ...seenAnew(watch), ...(downSince !== undefined && { downSince }) };
}

function bakedUntil(next: Watch, verdict: string, bakingSince: string, now: Date): Decision<Watch> {
  const bakedMs = now.getTime() - Date.parse(bakingSince);
  if (bakedMs < next.bakeMs) return tell(next, bakeWords(next, bakedMs), now);
  return end(next, { outcome: 'succeeded', detail: trafficWords(next), outputs: outputsOf(next, verdict) }, now);
}

/** The look at the bake's end is on time. */
function looked(watch: Watch, now: Date): Watch {
  const bakedAt = Date.parse(watch.bakingSince ?? now.toISOString()) + watch.bakeMs;
  const usual = now.getTime() + watch.intervalMs;
  const nextLookAt = new Date(bakedAt > now.getTime() ? Math.min(bakedAt, usual) : usual).toISOString();
  return { ...watch, looks: watch.looks + 1, nextLookAt };
}

function tell(watch: Watch, summary: string, now: Date): Decision<Watch> {
  const isFirst = watch.looks === 1;
  if (!isFirst && now.getTime() - Date.parse(watch.toldAt) < tellEveryMs) return { next: watch, events: [] };
  const { releaseId, stage, attempt } = watch.of;
  const moved = stageMoved(topics.monitoring, { releaseId, stage, attempt, summary });
  return { next: { ...watch, toldAt: now.toISOString() }, events: [moved] };
}

function end(watch: Watch, result: Omit<StageResult, 'releaseId' | 'stage' | 'attempt'>, now: Date): Decision<Watch> {
  const { lastSample: _, ...rest } = watch;
  const ended = { at: now.toISOString(), outcome: result.outcome, detail: result.detail ?? '' };
  return { next: { ...rest, status: 'ended', ended }, events: [stageEnded(topics.monitoring, watch.of, result)] };
}

function outputsOf({ evidence: { step } }: Watch, verdict: string): StageResult['outputs'] {
  const { requests, failed } = step.canary;
  const outputs = { verdict, evidence: { requests, failed } };
  return requests === 0 ? { ...outputs, flagged: 'no traffic' } : outputs;
}

/** `bake 3s of 5s, 120 requests, 0 failed` */
function bakeWords(watch: Watch, bakedMs: number): string {
  return `bake ${Math.floor(bakedMs / 1000)}s of ${Math.round(watch.bakeMs / 1000)}s, ${trafficWords(watch)}`;
}

function trafficWords({ evidence: { step } }: Watch): string {
  const { requests, failed } = step.canary;
  return requests === 0 ? 'no traffic' : `${requests} requests, ${failed} failed`;
}
