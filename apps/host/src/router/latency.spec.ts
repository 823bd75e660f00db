import { describe, expect, it } from '@jest/globals';
import { latencyBoundsMs, latencyBucket } from './latency.js';

describe('latency buckets', () => {
  it('grow by about 10 %', () => {
    const growth = latencyBoundsMs.slice(1, -1).map((bound, i) => bound / (latencyBoundsMs[i] as number));
    expect(Math.min(...growth)).toBeGreaterThan(1.095);
    expect(Math.max(...growth)).toBeLessThan(1.105);
  });

  it('hold a value at their bound and not above it', () => {
    for (const [index, bound] of latencyBoundsMs.entries()) {
      expect(latencyBucket(bound)).toBe(index);
      expect(latencyBucket(bound + 1e-9)).toBe(index + 1);
    }
  });

  it('take the smallest and the largest values at the ends', () => {
    expect(latencyBucket(0)).toBe(0);
    expect(latencyBucket(3_600_000)).toBe(latencyBoundsMs.length);
  });
});
