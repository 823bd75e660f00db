import { describe, expect, it } from '@jest/globals';
import type { AnalysisMetric, Verdict } from '@signalbox/domain';
import { seededRandom } from '@signalbox/testing';
import { intervalsToProve } from './bursts.js';
import { logEvidence } from './count-test.js';
import type { Evidence, Opinion } from './opinion.js';
import { add, begin, fixThresholds, judge } from './verdict.js';
import { missingWords } from './words.js';

const boundsMs = [10, 25, 50, 100, 500, 1_000, null];
const duration: AnalysisMetric = {
  name: 'request-duration',
  quantile: 0.99,
  thresholdRange: { max: 'PT0.5S' },
  slack: 'PT0.025S',
  dryRun: false,
};
const config = { alpha: 0.01, beta: 0.05, metrics: [duration] };

/** Requests of one interval: most in the fastest bucket, `slow` of them in the bucket that ends at `slowMs`. */
function counters(requests: number, slow = 0, slowMs = 100) {
  const latency = boundsMs.map((bound) => (bound === slowMs ? slow : 0));
  return { requests, errors: 0, latency: latency.with(0, requests - slow) };
}

interface Interval {
  canarySlow?: number;
  baselineSlow?: number;
  slowMs?: number;
}

function evidenceAfter(intervals: readonly Interval[]): Evidence[] {
  let evidence = fixThresholds(config, begin(config), counters(200), boundsMs);
  return intervals.map(({ canarySlow, baselineSlow, slowMs }) => {
    const served = {
      boundsMs,
      canary: counters(50, canarySlow, slowMs),
      baseline: counters(200, baselineSlow, slowMs),
    };
    evidence = add(config, evidence, served, true);
    return evidence;
  });
}

const opinionsAfter = (intervals: readonly Interval[]): Opinion[] =>
  evidenceAfter(intervals).map((evidence) => judge(config, evidence));
const verdictsAfter = (intervals: readonly Interval[]): Verdict[] =>
  opinionsAfter(intervals).map(({ verdict }) => verdict);
const times = (count: number, interval: Interval = {}): Interval[] => Array.from({ length: count }, () => interval);

describe('slow requests in bursts', () => {
  it('are no proof in one interval; a pass waits until they could have shown again', () => {
    const verdicts = verdictsAfter([...times(7), { canarySlow: 30 }, ...times(30)]);
    expect(verdicts).not.toContain('failed');
    expect(verdicts.indexOf('passed')).toBe(7 + intervalsToProve(config.alpha, 3));
  });

  it('tell people what a pass waits for', () => {
    const [last] = opinionsAfter([...times(7), { canarySlow: 30 }, ...times(4)]).slice(-1);
    expect(last && missingWords(last, 0)).toBe(
      '600 requests; a burst was slower than the baseline: 5 more intervals show whether it stays',
    );
  });

  it('are a proof when they come in one interval after the other', () => {
    const verdicts = verdictsAfter(times(12, { canarySlow: 30 }));
    expect(verdicts.indexOf('failed')).toBe(intervalsToProve(config.alpha, 1) - 1);
  });

  it('over the absolute limit are no proof in one interval', () => {
    expect(verdictsAfter([{ canarySlow: 8, slowMs: 1_000 }, ...times(3)])).not.toContain('failed');
  });

  it('over the absolute limit are a proof at once where there is nothing to compare with', () => {
    const served = { boundsMs, canary: counters(50, 8, 1_000) };
    const { failure } = add(config, begin(config), served, true).metrics[0] ?? {};
    expect(failure).toMatchObject({ by: 'range', overMs: 500 });
  });

  it('that hit either arm with the same chance fail at most one canary in a hundred', () => {
    const seed = 20_261_125;
    const random = seededRandom(seed);
    const stall = () => (random() < 0.1 ? 1 : 0);
    let [bounded, plain] = [0, 0];
    const streams = 600;
    for (let stream = 0; stream < streams; stream += 1) {
      const intervals = times(40).map(() => ({ canarySlow: 10 * stall(), baselineSlow: 40 * stall() }));
      const seen = evidenceAfter(intervals).map(({ metrics: [metric] }) => metric);
      if (seen.some((metric) => metric?.failure)) bounded += 1;
      const isProof = (failing: readonly number[]) => logEvidence(failing) >= Math.log(1 / config.alpha);
      if (seen.some((metric) => metric?.failing.every(isProof))) plain += 1;
    }
    expect({ seed, few: bounded / streams <= 0.01, plainIsUnsafe: plain / streams > 0.2 }).toEqual({
      seed,
      few: true,
      plainIsUnsafe: true,
    });
  });
});
