const FIRST_BOUND_MS = 0.1;
const LAST_BOUND_MS = 60_000;
const GROWTH = 1.1;

function logarithmicBounds(): number[] {
  const bounds: number[] = [];
  for (let bound = FIRST_BOUND_MS; bound < LAST_BOUND_MS; bound *= GROWTH) bounds.push(Number(bound.toPrecision(4)));
  return [...bounds, LAST_BOUND_MS];
}

/** Upper bounds of the latency buckets, each about 10 % above the one before. One more bucket takes all above. */
export const latencyBoundsMs: readonly number[] = logarithmicBounds();

/** Index of the first bucket whose bound is at least `ms`. */
export function latencyBucket(ms: number): number {
  let low = 0;
  let high = latencyBoundsMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((latencyBoundsMs[middle] as number) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
