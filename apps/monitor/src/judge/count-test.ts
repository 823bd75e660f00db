import { logMeanExp } from './numbers.js';
import type { Counts } from './numbers.js';

/**
 * Stratified conditional e-process on the ratio of two bad shares (Lindon & Malek, arXiv 2011.03567). By Ville's
 * inequality the chance that the evidence ever exceeds 1/alpha while the ratio is on the null's side is at most alpha,
 * however often one looks. `nullRatio` is the boundary, `alternatives` the ratios that evidence is collected for.
 */
export interface CountTest {
  readonly nullRatio: number;
  readonly alternatives: readonly number[];
}

/** Is the canary worse than the baseline? */
export const failingTest: CountTest = { nullRatio: 1, alternatives: [1.1, 1.25, 1.5, 2, 3, 5, 10] };

/** Is the canary less than `tolerance` times as bad as the baseline? */
export function promotingTest(tolerance: number): CountTest {
  return { nullRatio: tolerance, alternatives: [1, 0.9, 0.7, 0.5] };
}

/** Log evidence per alternative: the whole state. */
export type CountEvidence = readonly number[];

export function noCountEvidence(test: CountTest): CountEvidence {
  return test.alternatives.map(() => 0);
}

/** Adds one interval. Intervals are strata: shares of traffic and bad shares may change between them. */
export function addCounts(test: CountTest, evidence: CountEvidence, canary: Counts, baseline: Counts): CountEvidence {
  const requests = canary.requests + baseline.requests;
  if (requests === 0) return evidence;
  const canaryShare = canary.requests / requests;
  const bad = canary.bad + baseline.bad;
  const mixed = (ratio: number) => 1 - canaryShare + canaryShare * ratio;
  return test.alternatives.map((ratio, index) => {
    const gain = canary.bad * Math.log(ratio / test.nullRatio) - bad * Math.log(mixed(ratio) / mixed(test.nullRatio));
    return (evidence[index] ?? 0) + gain;
  });
}

/** Log evidence of all alternatives together. */
export function logEvidence(evidence: CountEvidence): number {
  return logMeanExp(evidence);
}
