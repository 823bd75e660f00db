import type { AnalysisConfig, AnalysisMetric, Verdict } from '@signalbox/domain';
import type { Failure, MetricEvidence } from './metric.js';

/** The judge's memory: one entry per metric, and plain counts of the step for people. */
export interface Evidence {
  metrics: MetricEvidence[];
  step: { canary: Traffic; baseline: Traffic };
}
export interface Traffic {
  requests: number;
  failed: number;
}
export type Config = Pick<AnalysisConfig, 'alpha' | 'beta' | 'metrics'>;

export interface MetricVerdict {
  metric: AnalysisMetric;
  evidence: MetricEvidence;
  verdict: Verdict;
  logE?: number;
  needed?: number;
  /** Intervals before a pass that a burst of slow requests has put off. */
  intervalsBeforePass: number;
  detail: string;
}

export interface Opinion {
  verdict: Verdict;
  metrics: MetricVerdict[];
  /** What decided: the failure, or the weakest pass. */
  failure?: Failure;
  logE?: number;
  limit?: number;
  /** The metric that a pass waits for, and how many requests it takes. */
  waitsFor?: MetricVerdict;
}
