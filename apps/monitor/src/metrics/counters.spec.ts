import { describe, expect, it } from '@jest/globals';
import { exitsBetween } from './counters.js';
import type { Counters, Sample } from './counters.js';

const seen = (exits: Counters['exits'], epoch = 'one'): Sample => ({
  epoch,
  boundsMs: [null],
  deployments: { d: { requests: 0, errors: 0, latency: [0], ...(exits !== undefined && { exits }) } },
});
const between = (before: Counters['exits'], after: Counters['exits'], epoch = 'one'): number =>
  exitsBetween(seen(before), seen(after, epoch), 'd');

describe('ends between two looks', () => {
  it('are those of the process that ended most often in between, not since its start', () => {
    expect(between([9, 0, 1], [9, 3, 2])).toBe(3);
    expect(between([9, 0], [9, 0])).toBe(0);
  });

  it('are told by an older host as the most of any process since its start', () => {
    expect(between(2, 5)).toBe(3);
    expect(between(5, 2)).toBe(0);
  });

  it.each<[string, Counters['exits'], Counters['exits'], string]>([
    ['has begun anew', [0, 0], [4, 4], 'two'],
    ['has another set of processes', [7, 8], [0, 0], 'one'],
    ['has more of them', [1], [1, 6], 'one'],
    ['has fewer of them', [1, 6], [1], 'one'],
    ['tells them in another way', 1, [5], 'one'],
    ['tells them in the older way', [1], 5, 'one'],
    ['does not tell them any more', [1], undefined, 'one'],
    ['did not tell them before', undefined, [3], 'one'],
  ])('are none where the host %s', (_, before, after, epoch) => {
    expect(between(before, after, epoch)).toBe(0);
  });
});
