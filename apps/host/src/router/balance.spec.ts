import { describe, expect, it } from '@jest/globals';
import { pickWeighted } from './balance.js';

const candidates = (...weights: number[]) => weights.map((weight, index) => ({ index, weight, current: 0 }));

function pick(count: number, from: ReturnType<typeof candidates>): number[] {
  return Array.from({ length: count }, () => pickWeighted(from)?.index ?? -1);
}

describe('pickWeighted', () => {
  it.each([
    [20, 80],
    [1, 99],
    [50, 50],
    [33, 67],
  ])('gives shares of %d and %d exactly over 1000 picks', (first, second) => {
    const picks = pick(1000, candidates(first, second));
    expect(picks.filter((index) => index === 0)).toHaveLength(first * 10);
    expect(picks.filter((index) => index === 1)).toHaveLength(second * 10);
  });

  it('spreads a small share evenly', () => {
    const picks = pick(100, candidates(20, 80));
    const positions = picks.flatMap((index, position) => (index === 0 ? [position] : []));
    const gaps = positions.slice(1).map((position, i) => position - (positions[i] as number));
    expect(new Set(gaps)).toEqual(new Set([5]));
  });

  it('never picks a candidate without weight', () => {
    expect(pick(50, candidates(0, 100))).not.toContain(0);
    expect(pickWeighted(candidates(0, 0))).toBeUndefined();
    expect(pickWeighted([])).toBeUndefined();
  });
});
