import type { Counts } from './numbers.js';

type Bounds = readonly (number | null)[];

const quantiles = [0.5, 0.9, 0.99];
/** Fewer say nothing of a p99. */
const requestsToKnow = 100;

/**
 * Thresholds at the baseline's p50, p90 and p99, plus a slack: a process that has just started really is slower by
 * fractions of a millisecond. They must be fixed before the requests that they judge. Undefined: too few requests.
 */
export function thresholdsMs(counts: readonly number[], bounds: Bounds, slackMs: number): number[] | undefined {
  const requests = counts.reduce((a, b) => a + b, 0);
  if (requests < requestsToKnow) return undefined;
  return quantiles.map((quantile) => boundAbove(quantileMs(counts, bounds, quantile * requests) + slackMs, bounds));
}

/** The bound of the bucket in which the request of this rank lies. */
function quantileMs(counts: readonly number[], bounds: Bounds, rank: number): number {
  let seen = 0;
  for (const [bucket, count] of counts.entries()) {
    seen += count;
    if (seen >= rank) return bounds[bucket] ?? Infinity;
  }
  return Infinity;
}

function boundAbove(ms: number, bounds: Bounds): number {
  const last = bounds.findLast((bound) => bound !== null) ?? ms;
  return bounds.find((bound) => bound !== null && bound >= ms) ?? last;
}

/** How many requests were slower than the threshold, as far as the buckets can tell. */
export function slowerThan(thresholdMs: number, counts: readonly number[], bounds: Bounds): Counts {
  const limit = boundAbove(thresholdMs, bounds);
  let [requests, bad] = [0, 0];
  for (const [bucket, count] of counts.entries()) {
    requests += count;
    if ((bounds[bucket] ?? Infinity) > limit) bad += count;
  }
  return { requests, bad };
}
