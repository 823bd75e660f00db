/** What a router has counted for one deployment: since its epoch, or in one interval. */
export interface Counters {
  requests: number;
  errors: number;
  /** Requests per latency bucket. */
  latency: number[];
  /** Processes that could serve at the moment of the look. */
  ready?: number;
  /** How often its process that ended most often has done so by itself. */
  exits?: number;
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

/** How often a process of one deployment has ended by itself between two looks. */
export function exitsBetween(before: Sample, after: Sample, deploymentId: string): number {
  if (before.epoch !== after.epoch) return 0;
  const [from, to] = [before.deployments[deploymentId]?.exits, after.deployments[deploymentId]?.exits];
  // Fewer than before: the set of processes is another one.
  return from === undefined || to === undefined ? 0 : Math.max(0, to - from);
}

/** The sample with only the deployments that matter here. */
export function onlyOf(sample: Sample, deploymentIds: readonly string[]): Sample {
  const kept = Object.entries(sample.deployments).filter(([id]) => deploymentIds.includes(id));
  return { ...sample, deployments: Object.fromEntries(kept) };
}
