import { describe, expect, it } from '@jest/globals';
import type { StageRequest } from '@signalbox/domain';
import { watchWish } from '../../testing/wishes.js';
import type { Sample } from '../metrics/counters.js';
import { begin, sampled } from './watch.js';
import type { Watch } from './watch.js';

const start = new Date('2026-11-26T12:00:00Z');
const at = (second: number): Date => new Date(start.getTime() + second * 1_000);
const aWatch = (bake: string): Watch => begin(watchWish('w', 'm', bake).content as StageRequest, 'e', start).next;

const sample = (ready: number | undefined): Sample => ({
  epoch: 'one',
  boundsMs: [null],
  deployments: { 'w-new': { requests: 10, errors: 0, latency: [10], ...(ready !== undefined && { ready }) } },
});

/** Looks at these seconds, each with so many processes that could serve. */
function after(bake: string, looks: readonly [second: number, ready: number | undefined][]): Watch {
  return looks.reduce(
    (watch, [second, ready]) => sampled(watch, watch.looks, sample(ready), at(second)).next,
    aWatch(bake),
  );
}

describe('a watch of what ends by itself', () => {
  const looks = (exits: readonly number[], everySeconds: number): Watch =>
    exits.reduce((watch, count, index) => {
      const seen = sample(1);
      const counted = { ...seen.deployments['w-new'], exits: count } as Sample['deployments'][string];
      const now = at(index * everySeconds);
      return sampled(watch, watch.looks, { ...seen, deployments: { 'w-new': counted } }, now).next;
    }, aWatch('30m'));

  it('fails with the third time in five minutes, without a request', () => {
    expect(looks([4, 5, 6], 5)).toMatchObject({ status: 'watching' });
    expect(looks([4, 5, 6, 7], 5).ended).toMatchObject({
      outcome: 'failed',
      detail: 'watch FAILED: a process ended 3 times in 5 minutes',
    });
  });

  it('forgives what is further apart, what was before it, and what nobody can date', () => {
    expect(looks([9, 10, 11, 12, 13], 151)).toMatchObject({ status: 'watching' });
    expect(looks([9, 0, 1, 2], 5)).toMatchObject({ status: 'watching' });
    expect(looks([0, 9], 310)).toMatchObject({ status: 'watching' });
  });
});

describe('a watch of what nobody serves', () => {
  it('fails when no process has been ready for half a minute, although nothing was counted', () => {
    const gone: [number, number][] = [0, 5, 15, 25, 34].map((second) => [second, second === 0 ? 2 : 0]);
    expect(after('10m', gone)).toMatchObject({ status: 'watching' });
    expect(after('10m', [...gone, [35, 0]]).ended).toMatchObject({
      outcome: 'failed',
      detail: 'watch FAILED: no process of 1.1.0 is ready, for 30s',
    });
  });

  it('counts neither the time in which nobody looked, nor less than a start may take', () => {
    const gone: [number, number][] = [
      [0, 2],
      [5, 0],
      [600, 0],
    ];
    expect(after('20m', gone)).toMatchObject({ status: 'watching', downSince: at(600).toISOString() });
    const slow: Watch = { ...aWatch('20m'), downForMs: 60_000 };
    const looks = [0, 10, 20, 30, 40, 50, 59];
    const waiting = looks.reduce<Watch>(
      (watch, second) => sampled(watch, watch.looks, sample(0), at(second)).next,
      slow,
    );
    expect(waiting.status).toBe('watching');
    expect(sampled(waiting, waiting.looks, sample(0), at(60)).next.ended).toMatchObject({ outcome: 'failed' });
  });

  it('does not end well while there is none, and does when they are back', () => {
    expect(
      after('10s', [
        [0, 2],
        [9, 0],
        [10, 0],
      ]),
    ).toMatchObject({ status: 'watching', downSince: at(9).toISOString() });
    const back = after('10s', [
      [0, 2],
      [9, 0],
      [10, 0],
      [15, 1],
    ]);
    expect(back.ended).toMatchObject({ outcome: 'succeeded' });
    expect(back).not.toHaveProperty('downSince');
  });

  it('says nothing of a host that does not tell', () => {
    expect(
      after('10s', [
        [0, undefined],
        [10, undefined],
      ]).ended,
    ).toMatchObject({ outcome: 'succeeded' });
  });
});
