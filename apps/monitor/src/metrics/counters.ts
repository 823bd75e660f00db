/** What a router has counted for one deployment: since its epoch, or in one interval. */
export interface Counters {
  requests: number;
  errors: number;
  /** Requests per latency bucket. */
  latency: number[];
  /** Processes that could serve at the moment of the look. */
  ready?: number;
  /** How often each of its processes has ended by itself; of an older host only the most of any. */
  exits?: number[] | number;
}

/** One look at a router's counters. */
export interface Sample {
  /** New when the counters began again at zero. */
  epoch: string;
  /** Upper bounds of the latency buckets in milliseconds; the last, null, has none. */
  boundsMs: (number | null)[];
  deployments: Record<string, Counters>;
}

/** What one deployment has served between two looks; undefined when the counters began anew in between. */
export function between(before: Sample, after: Sample, deploymentId: string): Counters | undefined {
  const [from, to] = [before.deployments[deploymentId], after.deployments[deploymentId]];
  if (before.epoch !== after.epoch || !from || !to) return undefined;
  const counters = {
    requests: to.requests - from.requests,
    errors: to.errors - from.errors,
    latency: to.latency.map((count, bucket) => count - (from.latency[bucket] ?? 0)),
  };
  const hasGoneDown = [counters.requests, counters.errors, ...counters.latency].some((count) => count < 0);
  return hasGoneDown || from.latency.length !== to.latency.length ? undefined : counters;
}

/**
 * How often the process of one deployment that did so most has ended by itself between two looks: what ends them all
 * once is not theirs.
 */
export function exitsBetween(before: Sample, after: Sample, deploymentId: string): number {
  if (before.epoch !== after.epoch) return 0;
  const [from, to] = [before.deployments[deploymentId]?.exits, after.deployments[deploymentId]?.exits];
  if (typeof from === 'number' && typeof to === 'number') return Math.max(0, to - from);
  // Fewer ends or another number of processes than before: they are others.
  if (!Array.isArray(from) || !Array.isArray(to) || from.length !== to.length) return 0;
  return Math.max(0, ...to.map((count, index) => count - (from[index] ?? 0)));
}

/** The sample with only the deployments that matter here. */
export function onlyOf(sample: Sample, deploymentIds: readonly string[]): Sample {
  const kept = Object.entries(sample.deployments).filter(([id]) => deploymentIds.includes(id));
  return { ...sample, deployments: Object.fromEntries(kept) };
}
