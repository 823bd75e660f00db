import { describe, expect, it } from '@jest/globals';
import type { analysisRequested, EventOf } from '@signalbox/domain';
import { analysisWish } from '../../testing/wishes.js';
import { analysisOf, sampled, unreadable } from './analysis.js';
import type { Analysis } from './analysis.js';

const start = new Date('2026-11-26T12:00:00Z');
const at = (second: number): Date => new Date(start.getTime() + second * 1_000);
const wish = analysisWish({ id: 'a', metricsUrl: 'm' }).content as EventOf<typeof analysisRequested>['content'];
const unused = { requests: 0, errors: 0, latency: [0] };

type Look = [second: number, ready: number | undefined | 'unreadable', before?: number];

/** Looks at these seconds, each with so many processes of the canary, and of the version before, that could serve. */
function after(looks: Look[], about: Partial<typeof wish> = {}): Analysis {
  return looks.reduce(
    (analysis, [second, ready, before = 1]) => {
      if (ready === 'unreadable') return unreadable(analysis, analysis.looks, 'refused', at(second)).next;
      const canary = { ...unused, ...(ready !== undefined && { ready }) };
      const seen = {
        epoch: 'one',
        boundsMs: [null],
        deployments: { 'a-new': canary, 'a-old': { ...unused, ready: before } },
      };
      return sampled(analysis, analysis.looks, seen, at(second)).next;
    },
    analysisOf({ ...wish, ...about }, start),
  );
}

const verdictOf = (looks: Look[], about: Partial<typeof wish> = {}): string | undefined =>
  after(looks, about).judged?.verdict;
const gone = (...seconds: number[]): Look[] => [[0, 1], ...seconds.map((second): Look => [second, 0])];

describe('a canary of which no process can serve', () => {
  it('has failed after half a minute, and it is not said to lack traffic', () => {
    expect(verdictOf(gone(5, 15, 25, 34))).toBe('inconclusive');
    expect(after(gone(5, 15, 25, 35)).judged).toMatchObject({
      verdict: 'failed',
      summary: '20 % FAILED: no process of 1.1.0 is ready, for 30s',
    });
  });

  it('has as long as a start of it may take', () => {
    const slowly = { startTimeout: 'PT60S' };
    expect(verdictOf(gone(5, 15, 25, 35, 45, 55, 64), slowly)).toBe('inconclusive');
    expect(verdictOf(gone(5, 15, 25, 35, 45, 55, 65), slowly)).toBe('failed');
  });

  it('is looked at three times where looks are far apart', () => {
    const seldom = { config: { ...wish.config, interval: 'PT5M' } };
    expect(verdictOf(gone(300, 600), seldom)).toBe('inconclusive');
    expect(verdictOf(gone(300, 600, 900), seldom)).toBe('failed');
  });

  it.each<[string, Look[]]>([
    ['was ready in between', [...gone(5, 15), [25, 1], [35, 0], [45, 0]]],
    ['was not seen in between', [...gone(5, 15), [20, 'unreadable'], [25, 0], [35, 0], [45, 0]]],
    ['was not looked at in between', gone(5, 600)],
    ['is not the only one', [...gone(5, 15), [25, 0, 0], [35, 0], [45, 0]]],
    ['is on a host that does not tell', [0, 10, 20, 30, 40].map((second): Look => [second, undefined])],
  ])('is not blamed when it %s', (_, looks) => {
    expect(verdictOf(looks)).toBe('inconclusive');
  });
});
