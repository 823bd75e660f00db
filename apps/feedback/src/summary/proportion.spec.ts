import { describe, expect, it } from '@jest/globals';
import { median, medianInterval, netPromoterScore, wilson } from './proportion.js';

describe('proportions', () => {
  it('have Wilson’s interval', () => {
    // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20.
    for (const [successes, total, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
    ] as const) {
      const interval = wilson(successes, total);
      expect(interval.low).toBeCloseTo(low, 4);
      expect(interval.high).toBeCloseTo(high, 4);
    }
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
  });

  it('give a net promoter score from ten answers on', () => {
    expect(netPromoterScore({ answers: 9, promoters: 5, detractors: 2 })).toBeUndefined();
    const score = netPromoterScore({ answers: 10, promoters: 5, detractors: 3 });
    // n' = 13, p = 5.75/13, d = 3.75/13: NPS' = 2/13, SE = sqrt((9.5/13 − (2/13)²)/13).
    const error = Math.sqrt((9.5 / 13 - (2 / 13) ** 2) / 13);
    expect(score?.value).toBeCloseTo(0.2, 10);
    expect(score?.low).toBeCloseTo(2 / 13 - 1.959_964 * error, 6);
    expect(score?.high).toBeCloseTo(2 / 13 + 1.959_964 * error, 6);
  });
});

describe('the median', () => {
  it('is the middle value, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeUndefined();
  });

  it('has an interval from six values on', () => {
    const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1);
    expect(medianInterval(upTo(5))).toBeUndefined();
    expect(medianInterval(upTo(6))).toEqual({ low: 1, high: 6 });
    // Ranks 6 and 15 of 20: the binomial tail below is 0.0207.
    expect(medianInterval(upTo(20))).toEqual({ low: 6, high: 15 });
    // Of many, n/2 ± 1.96·√n/2 within a rank.
    const many = medianInterval(upTo(5_000));
    expect(Math.abs((many?.low ?? 0) - (2_500 - 0.98 * Math.sqrt(5_000)))).toBeLessThanOrEqual(1);
    expect((many?.low ?? 0) + (many?.high ?? 0)).toBe(5_001);
  });
});
