import { describe, expect, it } from '@jest/globals';
import type { analysisRequested, EventOf } from '@signalbox/domain';
import { analysisWish } from '../../testing/wishes.js';
import { analysisOf, sampled } from './analysis.js';
import type { Analysis } from './analysis.js';

const start = new Date('2026-11-26T12:00:00Z');
const wish = analysisWish({ id: 'a', metricsUrl: 'm' }).content as EventOf<typeof analysisRequested>['content'];

/** A look every five seconds at a canary whose processes had ended so often, and that nobody asks anything. */
function after(exits: readonly number[]): Analysis {
  return exits.reduce(
    (analysis, count, index) => {
      const unused = { requests: 0, errors: 0, latency: [0] };
      const deployments = { 'a-new': { ...unused, exits: count }, 'a-old': { ...unused, exits: 2 * count } };
      const now = new Date(start.getTime() + index * 5_000);
      return sampled(analysis, analysis.looks, { epoch: 'one', boundsMs: [null], deployments }, now).next;
    },
    analysisOf(wish, start),
  );
}

describe('a canary that ends by itself', () => {
  it('has failed with the third time in five minutes, whatever was asked of it', () => {
    expect(after([0, 1, 2]).judged).toMatchObject({ verdict: 'inconclusive' });
    expect(after([0, 1, 3]).judged).toMatchObject({
      verdict: 'failed',
      summary: '20 % FAILED: its processes ended 3 times in 5 minutes',
    });
  });
});
