import { durationMs } from '@signalbox/domain';
import type { AnalysisMetric } from '@signalbox/domain';
import type { Counters } from '../metrics/counters.js';
import { addBounded, intervalsToProve } from './bursts.js';
import { addCounts, failingTest, logEvidence, noCountEvidence, promotingTest } from './count-test.js';
import { slowerThan, thresholdsMs } from './latency.js';
import { logMeanExp, noCounts, share, sum } from './numbers.js';
import type { Counts } from './numbers.js';
import { isInside, isOutside, logRangeEvidence, requestsNeeded } from './range-test.js';

/** What both arms have served in one interval. */
export interface Served {
  boundsMs: (number | null)[];
  canary: Counters;
  baseline?: Counters;
}

interface Arms {
  canary: Counts;
  baseline: Counts;
}

/** Proof that the canary is bad, as it stood when it was found; it never goes away. */
export interface Failure {
  by: 'comparison' | 'range';
  logE: number;
  counts: Arms;
  /** Of latency: the threshold that tells most. */
  overMs?: number;
}

/** All that is known of one metric; plain JSON, so that it survives restarts. */
export interface MetricEvidence {
  thresholdsMs?: number[];
  /** One count test per comparison: errors, or each latency threshold. Over the whole analysis. */
  failing: (readonly number[])[];
  compared: Arms[];
  /** Of latency: the failing evidence again, with what each interval adds to it bounded. */
  boundedFailing?: (readonly number[])[];
  /** Of latency: in how many intervals the canary was outside the range. */
  intervalsOutside?: number;
  /** Of latency: intervals since the requests alone spoke against the canary; what they say has to show again. */
  intervalsSinceSuspicion?: number;
  /** Since the step began. */
  promoting: readonly number[];
  /** Bad by the absolute limit, over the whole analysis and since the step began. */
  total: Arms;
  step: Arms;
  failure?: Failure;
}

const latencyTolerance = 1.5;

function toleranceOf(metric: AnalysisMetric): number {
  return metric.name === 'request-success-rate' ? metric.tolerance : latencyTolerance;
}

/** The bad share that is still within the absolute range. */
function limitOf(metric: AnalysisMetric): number {
  return 1 - (metric.name === 'request-success-rate' ? metric.thresholdRange.min : metric.quantile);
}

/** Above this a request is too slow; undefined where errors are counted. */
export function maxMsOf(metric: AnalysisMetric): number | undefined {
  return metric.name === 'request-duration' ? durationMs(metric.thresholdRange.max) : undefined;
}

export function noEvidence(metric: AnalysisMetric): MetricEvidence {
  const none = { canary: noCounts, baseline: noCounts };
  const promoting = noCountEvidence(promotingTest(toleranceOf(metric)));
  return { failing: [], compared: [], promoting, total: none, step: none };
}

/** Passing evidence begins anew; what speaks against the canary stays. */
export function atNewStep(metric: AnalysisMetric, evidence: MetricEvidence): MetricEvidence {
  const { promoting, step } = noEvidence(metric);
  return { ...evidence, promoting, step };
}

/** Fixes latency thresholds from what the baseline has served so far, once it has served enough. */
export function withThresholds(
  metric: AnalysisMetric,
  evidence: MetricEvidence,
  baseline: Counters | undefined,
  boundsMs: (number | null)[],
): MetricEvidence {
  if (metric.name !== 'request-duration' || evidence.thresholdsMs || !baseline) return evidence;
  const fixed = thresholdsMs(baseline.latency, boundsMs, durationMs(metric.slack));
  return fixed ? { ...evidence, thresholdsMs: fixed } : evidence;
}

/** Adds one interval; `isOfStep` is false for one that began before the step did. */
export function addServed(
  metric: AnalysisMetric,
  evidence: MetricEvidence,
  served: Served,
  isOfStep: boolean,
  alpha: number,
): MetricEvidence {
  const arms = armsOf(served, maxMsOf(metric));
  const compared = served.baseline ? comparisonsOf(metric, evidence, served) : [];
  const next: MetricEvidence = {
    ...evidence,
    failing: compared.map((each, index) =>
      addCounts(failingTest, evidence.failing[index] ?? noCountEvidence(failingTest), each.canary, each.baseline),
    ),
    compared: compared.map((each, index) => plus(evidence.compared[index], each)),
    total: plus(evidence.total, arms),
    ...(compared.length === 0 && { failing: evidence.failing, compared: evidence.compared }),
    ...(isOfStep && {
      step: plus(evidence.step, arms),
      promoting: addCounts(promotingTest(toleranceOf(metric)), evidence.promoting, arms.canary, arms.baseline),
    }),
  };
  const weighed = metric.name === 'request-duration' ? weighBursts(metric, evidence, next, arms, alpha) : next;
  const failure = evidence.failure ?? findFailure(metric, weighed, alpha);
  return failure ? { ...weighed, failure } : weighed;
}

function weighBursts(
  metric: AnalysisMetric,
  before: MetricEvidence,
  next: MetricEvidence,
  { canary }: Arms,
  alpha: number,
): MetricEvidence {
  const boundedFailing = next.failing.map((each, index) =>
    addBounded(before.boundedFailing?.[index] ?? [], before.failing[index] ?? [], each),
  );
  const intervalsOutside = (before.intervalsOutside ?? 0) + (share(canary) > limitOf(metric) ? 1 : 0);
  if (before.intervalsSinceSuspicion !== undefined) {
    return {
      ...next,
      boundedFailing,
      intervalsOutside,
      intervalsSinceSuspicion: before.intervalsSinceSuspicion + (canary.requests > 0 ? 1 : 0),
    };
  }
  const isSuspect = (logAverage(next.failing) ?? 0) >= Math.log(1 / alpha);
  return { ...next, boundedFailing, intervalsOutside, ...(isSuspect && { intervalsSinceSuspicion: 0 }) };
}

/** Intervals to come before a pass; 0 when no burst has raised a suspicion, or it has not shown again. */
export function intervalsBeforePass({ intervalsSinceSuspicion, failing }: MetricEvidence, alpha: number): number {
  return intervalsSinceSuspicion === undefined
    ? 0
    : Math.max(0, intervalsToProve(alpha, failing.length) - intervalsSinceSuspicion);
}

function armsOf(served: Served, overMs: number | undefined): Arms {
  const count = (counters: Counters | undefined): Counts => {
    if (!counters) return noCounts;
    if (overMs === undefined) return { requests: counters.requests, bad: counters.errors };
    return slowerThan(overMs, counters.latency, served.boundsMs);
  };
  return { canary: count(served.canary), baseline: count(served.baseline) };
}

function comparisonsOf(metric: AnalysisMetric, evidence: MetricEvidence, served: Served): Arms[] {
  if (metric.name === 'request-success-rate') return [armsOf(served, undefined)];
  return (evidence.thresholdsMs ?? []).map((thresholdMs) => armsOf(served, thresholdMs));
}

function plus(before: Arms | undefined, more: Arms): Arms {
  if (!before) return more;
  return { canary: sum(before.canary, more.canary), baseline: sum(before.baseline, more.baseline) };
}

/** Log evidence that the canary is worse than its baseline: the average over all comparisons. */
export function logWorse({ boundedFailing, failing }: MetricEvidence): number | undefined {
  return logAverage(boundedFailing ?? failing);
}

function logAverage(comparisons: MetricEvidence['failing']): number | undefined {
  return comparisons.length === 0 ? undefined : logMeanExp(comparisons.map((each) => logEvidence(each)));
}

/** The baseline itself is outside the range: then only the comparison can decide. */
export function isBaselineOutside(metric: AnalysisMetric, { total }: MetricEvidence): boolean {
  return share(total.baseline) > limitOf(metric);
}

function findFailure(metric: AnalysisMetric, evidence: MetricEvidence, alpha: number): Failure | undefined {
  const worse = logWorse(evidence);
  if (worse !== undefined && worse >= Math.log(1 / alpha)) return comparisonFailure(evidence, worse);
  const { total } = evidence;
  if (isBaselineOutside(metric, evidence) || !isOutside(total.canary, limitOf(metric), alpha)) return undefined;
  // With nothing to compare with, as in a watch that may be short, the range decides alone.
  const isCompared = total.baseline.requests > 0;
  if (isCompared && evidence.intervalsOutside !== undefined && evidence.intervalsOutside < intervalsToProve(alpha, 1))
    return undefined;
  const overMs = maxMsOf(metric);
  const logE = logRangeEvidence(total.canary, limitOf(metric));
  return { by: 'range', logE, counts: total, ...(overMs !== undefined && { overMs }) };
}

function comparisonFailure({ failing, compared, thresholdsMs }: MetricEvidence, logE: number): Failure {
  const logs = failing.map((each) => logEvidence(each));
  const telling = logs.indexOf(Math.max(...logs));
  const overMs = thresholdsMs?.[telling];
  const counts = compared[telling] ?? { canary: noCounts, baseline: noCounts };
  return { by: 'comparison', logE, counts, ...(overMs !== undefined && { overMs }) };
}

/** Log evidence for a pass of this step when it has been proven, the stronger of range and comparison. */
export function logPassed(
  metric: AnalysisMetric,
  evidence: MetricEvidence,
  { alpha, beta }: { alpha: number; beta: number },
): number | undefined {
  if (intervalsBeforePass(evidence, alpha) > 0) return undefined;
  const { step, promoting } = evidence;
  const limit = limitOf(metric);
  const proofs: number[] = [];
  const isOutsideRange = isBaselineOutside(metric, evidence);
  if (!isOutsideRange && isInside(step.canary, limit, beta)) proofs.push(logRangeEvidence(step.canary, limit));
  const mayCompare = metric.name === 'request-success-rate' || isOutsideRange;
  const logE = logEvidence(promoting);
  if (mayCompare && logE >= Math.log(1 / beta)) proofs.push(logE);
  return proofs.length === 0 ? undefined : Math.max(...proofs);
}

/** Requests of the canary that a pass takes if no more of them are bad; undefined when only the comparison decides. */
export function neededBy(metric: AnalysisMetric, evidence: MetricEvidence, beta: number): number | undefined {
  if (isBaselineOutside(metric, evidence)) return undefined;
  return requestsNeeded(evidence.step.canary.bad, limitOf(metric), beta);
}
