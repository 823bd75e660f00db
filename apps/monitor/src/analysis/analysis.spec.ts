import { describe, expect, it } from '@jest/globals';
import type { analysisRequested, EventOf } from '@signalbox/domain';
import { analysisWish } from '../../testing/wishes.js';
import { analysisOf, moveOn, sampled, unreadable } from './analysis.js';
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

  it('is not blamed for ends that nobody can date: while the figures could not be read', () => {
    const at = (minutes: number): Date => new Date(start.getTime() + minutes * 60_000);
    const looks = (analysis: Analysis, exits: number, now: Date): Analysis => {
      const deployments = { 'a-new': { ...unused, exits: [exits] }, 'a-old': { ...unused, exits: [0] } };
      return sampled(analysis, analysis.looks, { epoch: 'one', boundsMs: [null], deployments }, now).next;
    };
    const blind = (analysis: Analysis, minutes: number): Analysis =>
      unreadable(analysis, analysis.looks, 'refused', at(minutes)).next;
    const hours = Array.from({ length: 120 }, (_, minute) => minute + 1).reduce(
      blind,
      looks(analysisOf(wish, start), 0, start),
    );
    const again = looks(hours, 9, at(121));
    expect(again.judged).toMatchObject({ verdict: 'inconclusive' });
    expect(looks(again, 12, at(122)).judged).toMatchObject({ verdict: 'failed' });
  });

  it('is not blamed for what ends the version before it as often', () => {
    expect(after([0, 1, 3], [7, 8, 10]).judged).toMatchObject({ verdict: 'inconclusive' });
  });
});

it('an analysis reads where its host serves now, and keeps what it has seen', () => {
  const before = after([0, 1], [0, 0]);
  const { next } = moveOn(before, { ...wish, metricsUrl: 'elsewhere' }, start);
  expect(next).toEqual({ ...before, metricsUrl: 'elsewhere', nextLookAt: start.toISOString() });
  expect(moveOn(next, { ...wish, metricsUrl: 'elsewhere' }, start).next).toBe(next);
});
