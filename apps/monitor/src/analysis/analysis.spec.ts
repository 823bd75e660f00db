import { describe, expect, it } from '@jest/globals';
import type { analysisRequested, EventOf } from '@signalbox/domain';
import { analysisWish } from '../../testing/wishes.js';
import { analysisOf, sampled } from './analysis.js';
import type { Analysis } from './analysis.js';

const start = new Date('2026-11-26T12:00:00Z');
const wish = analysisWish({ id: 'a', metricsUrl: 'm' }).content as EventOf<typeof analysisRequested>['content'];
const unused = { requests: 0, errors: 0, latency: [0] };

/** A look every five seconds at two versions that nobody asks anything, whose processes had ended so often. */
function after(canary: readonly number[], baseline: readonly number[]): Analysis {
  return canary.reduce(
    (analysis, exits, index) => {
      const deployments = { 'a-new': { ...unused, exits }, 'a-old': { ...unused, exits: baseline[index] ?? 0 } };
      const now = new Date(start.getTime() + index * 5_000);
      return sampled(analysis, analysis.looks, { epoch: 'one', boundsMs: [null], deployments }, now).next;
    },
    analysisOf(wish, start),
  );
}

describe('a canary that ends by itself', () => {
  it('has failed with the third time in five minutes, whatever was asked of it', () => {
    expect(after([0, 1, 2], [0, 0, 1]).judged).toMatchObject({ verdict: 'inconclusive' });
    expect(after([0, 1, 3], [0, 0, 1]).judged).toMatchObject({
      verdict: 'failed',
      summary: '20 % FAILED: a process ended 3 times in 5 minutes',
    });
  });

  it('is not blamed for what ends the version before it as often', () => {
    expect(after([0, 1, 3], [7, 8, 10]).judged).toMatchObject({ verdict: 'inconclusive' });
  });
});
