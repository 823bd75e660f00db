import { describe, expect, it } from '@jest/globals';
import { array, assert, double, integer, property, record, tuple } from 'fast-check';
import { addCounts, failingTest, logEvidence, noCountEvidence, promotingTest } from './count-test.js';
import type { CountTest } from './count-test.js';
import { logBeta, logGamma } from './log-beta.js';
import { isInside, isOutside, logRangeEvidence, requestsNeeded } from './range-test.js';
import { logTMixture } from './t-mixture.js';

const runs = { numRuns: 200, verbose: 1 };

interface Interval {
  canary: { requests: number; bad: number };
  baseline: { requests: number; bad: number };
}

function evidenceAfterEach(test: CountTest, intervals: readonly Interval[]): number[] {
  let evidence = noCountEvidence(test);
  return intervals.map(({ canary, baseline }) => {
    evidence = addCounts(test, evidence, canary, baseline);
    return logEvidence(evidence);
  });
}

const arm = tuple(integer({ min: 0, max: 500 }), integer({ min: 0, max: 500 })).map(([a, b]) => ({
  requests: Math.max(a, b),
  bad: Math.min(a, b),
}));
const intervals = array(record({ canary: arm, baseline: arm }), { minLength: 1, maxLength: 12 });

describe('the gamma function', () => {
  it('has its known values', () => {
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 12);
    expect(logGamma(1)).toBeCloseTo(0, 12);
    expect(logGamma(11)).toBeCloseTo(Math.log(3_628_800), 10);
    expect(logBeta(2, 3)).toBeCloseTo(Math.log(1 / 12), 12);
  });

  it('grows by its argument', () => {
    const positive = double({ min: 0.01, max: 1e5, noNaN: true });
    assert(
      property(positive, (x) => {
        expect(logGamma(x + 1) - logGamma(x) - Math.log(x)).toBeCloseTo(0, 5);
      }),
      runs,
    );
  });
});

describe('the count test', () => {
  it('collects the evidence of the published example', () => {
    const [nc, nb] = [
      [600, 590, 610, 605],
      [600, 612, 601, 598],
    ];
    const [xc, xb] = [
      [9, 11, 14, 12],
      [6, 5, 7, 4],
    ];
    const seen = nc.map((requests, i) => ({
      canary: { requests, bad: xc[i] as number },
      baseline: { requests: nb[i] as number, bad: xb[i] as number },
    }));
    const found = evidenceAfterEach(failingTest, seen);
    for (const [i, expected] of [-0.21003225, 0.65027318, 1.52403947, 3.07937896].entries())
      expect(found[i]).toBeCloseTo(expected, 7);
  });

  it('does not mind the order of intervals', () => {
    assert(
      property(intervals, (seen) => {
        const [forward, backward] = [seen, seen.toReversed()].map((each) =>
          evidenceAfterEach(failingTest, each).at(-1),
        );
        expect(forward).toBeCloseTo(backward as number, 6);
      }),
      runs,
    );
  });

  it('learns nothing from one arm alone', () => {
    assert(
      property(arm, arm, (canary, baseline) => {
        const none = { requests: 0, bad: 0 };
        const seen = [
          { canary, baseline: none },
          { canary: none, baseline },
        ];
        expect(evidenceAfterEach(failingTest, seen).at(-1)).toBeCloseTo(0, 9);
      }),
      runs,
    );
  });

  it('promotes a canary that fails no more often than its baseline, and never one that fails twice as often', () => {
    const promote = promotingTest(1.5);
    const with_ = (bad: number) =>
      Array.from({ length: 20 }, () => ({ canary: { requests: 600, bad }, baseline: { requests: 600, bad: 6 } }));
    expect(evidenceAfterEach(promote, with_(6)).at(-1)).toBeGreaterThan(Math.log(20));
    expect(Math.max(...evidenceAfterEach(promote, with_(12)))).toBeLessThan(0);
  });
});

describe('the range test', () => {
  it('says how many requests a pass takes', () => {
    expect([0.05, 0.01, 0.005, 0.001].map((limit) => requestsNeeded(0, limit, 0.05))).toEqual([74, 376, 754, 3_776]);
    expect([1, 2, 3].map((bad) => requestsNeeded(bad, 0.01, 0.05))).toEqual([674, 902, 1_106]);
  });

  it('passes at exactly that many', () => {
    assert(
      property(integer({ min: 0, max: 50 }), double({ min: 0.001, max: 0.5, noNaN: true }), (bad, limit) => {
        const requests = requestsNeeded(bad, limit, 0.05);
        expect(isInside({ requests, bad }, limit, 0.05)).toBe(true);
        expect(isInside({ requests: requests - 1, bad }, limit, 0.05)).toBe(false);
      }),
      runs,
    );
  });

  it('proves too many failures, and starts from no evidence', () => {
    expect(isOutside({ requests: 41, bad: 8 }, 0.01, 0.01)).toBe(true);
    expect(isOutside({ requests: 100, bad: 1 }, 0.01, 0.01)).toBe(false);
    expect(logRangeEvidence({ requests: 0, bad: 0 }, 0.01)).toBe(0);
  });
});

describe('the t-mixture', () => {
  const differences = [0.4, 0.1, 0.5, 0.3, 0.6, 0.2, 0.45, 0.35];

  it('collects the evidence of the published example', () => {
    // Two differences have a closed form: 0.4626348305; the published 0.46267247 was integrated too coarsely.
    const expected = [0, 0.46263483, 1.16676784, 2.01385482, 2.74717956, 3.23943888, 4.37108516, 5.49990248];
    for (const [i, value] of expected.entries()) expect(logTMixture(differences.slice(0, i + 1))).toBeCloseTo(value, 6);
  });

  it('does not mind the scale', () => {
    expect(logTMixture(differences.map((each) => each * 1e-5))).toBeCloseTo(logTMixture(differences), 9);
  });
});
