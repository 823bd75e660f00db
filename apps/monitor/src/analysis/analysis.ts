import { analysisFinished, analysisJudged, draft, durationMs } from '@signalbox/domain';
import type { AnalysisConfig, Decision, EventDraft, EventOf, Judgement } from '@signalbox/domain';
import type { analysisRequested } from '@signalbox/domain';
import { downForMs, downSinceOf, downWords, gapMs } from '../judge/down.js';
import { exitsUntil, exitWords } from '../judge/exits.js';
import type { Evidence, Opinion } from '../judge/opinion.js';
import { add, begin, fixThresholds, judge, newStep, publishedMetrics } from '../judge/verdict.js';
import { evidenceOf, failedWords, missingWords, passedWords } from '../judge/words.js';
import { between, exitsBetween, onlyOf } from '../metrics/counters.js';
import type { Sample } from '../metrics/counters.js';

export const analysisStatuses = ['judging', 'ended'] as const;

/** The comparison of one rollout's canary with what ran before, from its first weight to its end. */
export interface Analysis {
  id: string;
  releaseId: string;
  application: string;
  environment: string;
  version: string;
  metricsUrl: string;
  canary: string;
  baseline?: string;
  baselineVersion?: string;
  config: AnalysisConfig;
  status: (typeof analysisStatuses)[number];
  weight: number;
  /** The rollout step that is judged. */
  step: number;
  /** The step that was asked for; requests before it was reached do not count for it. */
  wantedStep: number;
  evidence: Evidence;
  /** Rises with every look, so that a late answer is noticed. */
  looks: number;
  lastSample?: Sample;
  /** When that was; absent in analyses of before it was kept. */
  sampledAt?: string;
  nextLookAt: string;
  /** When the canary last served a request. */
  servedAt: string;
  /** When a process of either ended by itself, lately. */
  exits?: { canary: string[]; baseline: string[] };
  /** None of the canary's processes could serve, at every look since. */
  downSince?: string;
  /** So long that may last; absent in analyses of before it counted. */
  downForMs?: number;
  /** Since when the counters cannot be read, and why. */
  unreadable?: { since: string; reason: string };
  judged?: Judgement;
  startedAt: string;
  ended?: { at: string; reason: string };
}

type Request = EventOf<typeof analysisRequested>['content'];

export function analysisOf(request: Request, now: Date): Analysis {
  const { analysisId, deploymentId: _, startTimeout = 'PT0S', ...about } = request;
  const at = now.toISOString();
  return {
    ...about,
    id: analysisId,
    status: 'judging',
    wantedStep: request.step,
    evidence: begin(request.config),
    looks: 0,
    nextLookAt: at,
    servedAt: at,
    // Three looks at least: one may meet a process that is being started again.
    downForMs: Math.max(downForMs, durationMs(startTimeout), 2 * durationMs(request.config.interval)),
    startedAt: at,
  };
}

/** A new weight, whose step counts what is served from the next look on, or another place to look at. */
export function moveOn(analysis: Analysis, { step, weight, metricsUrl }: Request, now: Date): Decision<Analysis> {
  const isKnown = analysis.wantedStep === step && analysis.weight === weight && analysis.metricsUrl === metricsUrl;
  if (analysis.status === 'ended' || isKnown) return { next: analysis, events: [] };
  return { next: { ...analysis, weight, wantedStep: step, metricsUrl, nextLookAt: now.toISOString() }, events: [] };
}

export function end(analysis: Analysis, reason: string, now: Date): Decision<Analysis> {
  if (analysis.status === 'ended') return { next: analysis, events: [] };
  const { lastSample: _, ...rest } = analysis;
  const next: Analysis = { ...rest, status: 'ended', ended: { at: now.toISOString(), reason } };
  const { id: analysisId, releaseId, judged } = analysis;
  const content = { analysisId, releaseId, verdict: judged?.verdict ?? ('inconclusive' as const), reason };
  return { next, events: [draft(analysisFinished, { subject: analysisId, chainId: releaseId, content })] };
}

/** The counters could not be read: nothing is judged, the next look is at the usual time. */
export function unreadable(analysis: Analysis, looks: number, reason: string, now: Date): Decision<Analysis> {
  if (analysis.status === 'ended' || analysis.looks !== looks) return { next: analysis, events: [] };
  const since = analysis.unreadable?.since ?? now.toISOString();
  const { downSince: _, ...rest } = looked(analysis, now);
  return { next: { ...rest, unreadable: { since, reason } }, events: [] };
}

/** Adds what was served since the last look, and judges. The first look only remembers the counters. */
export function sampled(analysis: Analysis, looks: number, seen: Sample, now: Date): Decision<Analysis> {
  if (analysis.status === 'ended' || analysis.looks !== looks) return { next: analysis, events: [] };
  const { unreadable: _, ...readable } = looked(analysis, now);
  const sample = onlyOf(seen, [analysis.canary, ...(analysis.baseline === undefined ? [] : [analysis.baseline])]);
  const sinceMs = now.getTime() - Date.parse(analysis.sampledAt ?? analysis.startedAt);
  const counted = looksDown(countExits(count(readable, sample, now), sample, now, sinceMs), sample, now, sinceMs);
  const next = { ...counted, lastSample: sample, sampledAt: now.toISOString(), evidence: fix(counted, sample) };
  return analysis.lastSample ? judged(next, now) : { next, events: [] };
}

function looked(analysis: Analysis, now: Date): Analysis {
  const nextLookAt = new Date(now.getTime() + durationMs(analysis.config.interval)).toISOString();
  return { ...analysis, looks: analysis.looks + 1, nextLookAt };
}

/** An interval in which the counters began anew is left out. */
function count(analysis: Analysis, sample: Sample, now: Date): Analysis {
  const { lastSample, config, baseline: baselineId } = analysis;
  const isOfStep = analysis.step === analysis.wantedStep;
  const canary = lastSample && between(lastSample, sample, analysis.canary);
  const baseline = lastSample && baselineId !== undefined ? between(lastSample, sample, baselineId) : undefined;
  const isComplete = canary !== undefined && (baselineId === undefined || baseline !== undefined);
  const served = { boundsMs: sample.boundsMs, canary, ...(baseline && { baseline }) };
  const counted = isComplete ? add(config, analysis.evidence, { ...served, canary }, isOfStep) : analysis.evidence;
  const evidence = isOfStep ? counted : newStep(config, counted);
  const servedAt = canary && canary.requests > 0 ? now.toISOString() : analysis.servedAt;
  return { ...analysis, evidence, step: analysis.wantedStep, servedAt };
}

function countExits(analysis: Analysis, sample: Sample, now: Date, sinceMs: number): Analysis {
  const { lastSample, canary, baseline, exits } = analysis;
  const until = (known: string[] | undefined, id: string | undefined): string[] => {
    const more = lastSample && id !== undefined ? exitsBetween(lastSample, sample, id) : 0;
    return exitsUntil(now, known ?? [], more, sinceMs);
  };
  return { ...analysis, exits: { canary: until(exits?.canary, canary), baseline: until(exits?.baseline, baseline) } };
}

/** What takes the version before away as well is the machine's. */
function looksDown(analysis: Analysis, sample: Sample, now: Date, sinceMs: number): Analysis {
  const { downSince: known, ...rest } = analysis;
  const { canary, baseline } = analysis;
  const wasAway = sinceMs > durationMs(analysis.config.interval) + gapMs;
  const isAlone = baseline === undefined || sample.deployments[baseline]?.ready !== 0;
  const ready = isAlone ? sample.deployments[canary]?.ready : undefined;
  const downSince = downSinceOf(ready, wasAway ? undefined : known, now);
  return { ...rest, ...(downSince !== undefined && { downSince }) };
}

/** What its processes do by themselves, whatever is asked of them. */
function instability({ exits, version, downSince, ...analysis }: Analysis, now: Date): string | undefined {
  const down = downWords(version, downSince, analysis.downForMs ?? downForMs, now);
  return down ?? exitWords(exits?.canary ?? [], exits?.baseline);
}

function fix({ config, evidence, baseline }: Analysis, sample: Sample): Evidence {
  const served = baseline === undefined ? undefined : sample.deployments[baseline];
  return fixThresholds(config, evidence, served, sample.boundsMs);
}

function judged(analysis: Analysis, now: Date): Decision<Analysis> {
  const { id, releaseId, evidence } = analysis;
  const opinion = judge(analysis.config, evidence);
  const unstable = instability(analysis, now);
  const silentForSeconds = (now.getTime() - Date.parse(analysis.servedAt)) / 1000;
  const needed = Math.max(0, ...opinion.metrics.map((each) => (each.metric.dryRun ? 0 : (each.needed ?? 0))));
  const judgement: Judgement = {
    analysisId: id,
    releaseId,
    number: (analysis.judged?.number ?? 0) + 1,
    step: analysis.step,
    verdict: unstable === undefined ? opinion.verdict : 'failed',
    canary: evidence.step.canary,
    ...(analysis.baseline !== undefined && { baseline: evidence.step.baseline }),
    ...(needed > 0 && { needed }),
    ...(opinion.logE !== undefined && { evidence: evidenceOf(opinion.logE) }),
    ...(opinion.limit !== undefined && { limit: opinion.limit }),
    summary:
      unstable === undefined
        ? summaryOf(analysis, opinion, silentForSeconds)
        : `${analysis.weight} % FAILED: ${unstable}`,
    metrics: publishedMetrics(opinion),
    silentForSeconds,
  };
  const event: EventDraft = draft(analysisJudged, { subject: id, chainId: releaseId, content: judgement });
  return { next: { ...analysis, judged: judgement }, events: [event] };
}

function summaryOf({ weight, evidence, baselineVersion }: Analysis, opinion: Opinion, silentSeconds: number): string {
  switch (opinion.verdict) {
    case 'failed':
      return `${weight} % FAILED: ${failedWords(opinion, baselineVersion ?? 'baseline')}`;
    case 'passed':
      return `${weight} % passed: ${passedWords(evidence, baselineVersion)}`;
    case 'inconclusive':
      return missingWords(opinion, silentSeconds);
  }
}
