import { logBeta } from './log-beta.js';
import { share } from './numbers.js';
import type { Counts } from './numbers.js';

/**
 * Log evidence that the bad share is not `limit`: beta-binomial mixture against the boundary, prior Beta(1/2, 1/limit − 1/2)
 * whose mean is near the limit. Anytime-valid like the count test.
 */
export function logRangeEvidence({ requests, bad }: Counts, limit: number): number {
  const [a, b] = [0.5, 1 / limit - 0.5];
  const good = requests - bad;
  return logBeta(a + bad, b + good) - logBeta(a, b) - bad * Math.log(limit) - good * Math.log1p(-limit);
}

/** Proven below the limit at error rate `beta`. */
export function isInside(counts: Counts, limit: number, beta: number): boolean {
  return share(counts) < limit && logRangeEvidence(counts, limit) >= Math.log(1 / beta);
}

/** Proven above the limit at error rate `alpha`. */
export function isOutside(counts: Counts, limit: number, alpha: number): boolean {
  return share(counts) > limit && logRangeEvidence(counts, limit) >= Math.log(1 / alpha);
}

/** How many requests prove the share to be inside when `bad` of them are bad. */
export function requestsNeeded(bad: number, limit: number, beta: number): number {
  const passes = (requests: number) => isInside({ requests, bad }, limit, beta);
  let low = Math.floor(bad / limit);
  let high = Math.max(1, low * 2);
  while (!passes(high)) high *= 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (passes(middle)) high = middle;
    else low = middle;
  }
  return high;
}
