import type { AnalysisMetric, Judgement, Verdict } from '@signalbox/domain';
import type { Counters } from '../metrics/counters.js';
import {
  addServed,
  atNewStep,
  logPassed,
  logWorse,
  neededBy,
  noEvidence,
  intervalsBeforePass,
  withThresholds,
} from './metric.js';
import type { MetricEvidence, Served } from './metric.js';
import type { Config, Evidence, MetricVerdict, Opinion, Traffic } from './opinion.js';
import { detailOf } from './words.js';

const noTraffic = { canary: { requests: 0, failed: 0 }, baseline: { requests: 0, failed: 0 } };

export function begin(config: Config): Evidence {
  return { metrics: config.metrics.map(noEvidence), step: noTraffic };
}

export function newStep(config: Config, evidence: Evidence): Evidence {
  return { metrics: each(config, evidence, atNewStep), step: noTraffic };
}

/** Fixes what must be fixed before the requests that come next. */
export function fixThresholds(
  config: Config,
  evidence: Evidence,
  baseline: Counters | undefined,
  boundsMs: (number | null)[],
): Evidence {
  return {
    ...evidence,
    metrics: each(config, evidence, (metric, known) => withThresholds(metric, known, baseline, boundsMs)),
  };
}

export function add(config: Config, evidence: Evidence, served: Served, isOfStep: boolean): Evidence {
  const { step } = evidence;
  return {
    metrics: each(config, evidence, (metric, known) => addServed(metric, known, served, isOfStep, config.alpha)),
    step: isOfStep
      ? { canary: plus(step.canary, served.canary), baseline: plus(step.baseline, served.baseline) }
      : step,
  };
}

function each(
  { metrics }: Config,
  evidence: Evidence,
  change: (metric: AnalysisMetric, known: MetricEvidence) => MetricEvidence,
): MetricEvidence[] {
  return metrics.map((metric, index) => change(metric, evidence.metrics[index] ?? noEvidence(metric)));
}

function plus(before: Traffic, more: Counters | undefined): Traffic {
  return { requests: before.requests + (more?.requests ?? 0), failed: before.failed + (more?.errors ?? 0) };
}

/** Failed: any metric is proven bad. Passed: every metric is proven good. Dry runs never decide. */
export function judge(config: Config, evidence: Evidence): Opinion {
  const metrics = config.metrics.map((metric, index) =>
    judgeMetric(config, metric, evidence.metrics[index] ?? noEvidence(metric)),
  );
  const deciding = metrics.filter(({ metric }) => !metric.dryRun);
  const failed = deciding.find(({ verdict }) => verdict === 'failed');
  if (failed?.evidence.failure) {
    const { failure } = failed.evidence;
    return { verdict: 'failed', metrics, failure, logE: failure.logE, limit: 1 / config.alpha };
  }
  const open = deciding.filter(({ verdict }) => verdict !== 'passed');
  if (open.length === 0 && deciding.length > 0) {
    const logE = Math.min(...deciding.map((each) => each.logE ?? 0));
    return { verdict: 'passed', metrics, logE, limit: 1 / config.beta };
  }
  const [waitsFor] = open.toSorted((a, b) => missing(b) - missing(a));
  return { verdict: 'inconclusive', metrics, ...(waitsFor && { waitsFor }) };
}

function missing({ needed = 0, evidence }: MetricVerdict): number {
  return needed - evidence.step.canary.requests;
}

function judgeMetric({ alpha, beta }: Config, metric: AnalysisMetric, evidence: MetricEvidence): MetricVerdict {
  const needed = neededBy(metric, evidence, beta);
  const about = {
    metric,
    evidence,
    intervalsBeforePass: intervalsBeforePass(evidence, alpha),
    ...(needed !== undefined && { needed }),
  };
  const detail = (verdict: Verdict) => detailOf(verdict, about);
  if (evidence.failure) {
    return { ...about, verdict: 'failed', logE: evidence.failure.logE, detail: detail('failed') };
  }
  const passed = logPassed(metric, evidence, { alpha, beta });
  if (passed !== undefined) return { ...about, verdict: 'passed', logE: passed, detail: detail('passed') };
  const logE = logWorse(evidence);
  return { ...about, verdict: 'inconclusive', ...(logE !== undefined && { logE }), detail: detail('inconclusive') };
}

/** The metrics of an opinion as judgements publish them. */
export function publishedMetrics({ metrics }: Opinion): Judgement['metrics'] {
  return metrics.map(({ metric, verdict, logE, detail }) => ({
    name: metric.name,
    verdict,
    detail,
    dryRun: metric.dryRun,
    ...(logE !== undefined && Number.isFinite(logE) && { logE }),
  }));
}
