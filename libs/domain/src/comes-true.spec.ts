import { expect, it } from '@jest/globals';
import { comesTrue } from './comes-true.js';

const anHour = 3_600_000;

/** A machine that sleeps for an hour after the first look. */
function asleep(looks: boolean[]): Promise<boolean> {
  let nowMs = 0;
  const isSo = () => {
    const found = looks.shift() ?? false;
    nowMs += anHour;
    return found;
  };
  return comesTrue(isSo, { withinMs: 1_000, everyMs: 1, nowMs: () => nowMs });
}

it('is so when it is found in time, also right after a sleep', async () => {
  expect(await asleep([true])).toBe(true);
  expect(await asleep([false, true])).toBe(true);
});

it('is not so when the time is over and one more look has found nothing', async () => {
  expect(await asleep([false, false, true])).toBe(false);
});
