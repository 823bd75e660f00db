import { expect, it } from '@jest/globals';
import { insist } from './insist.js';

it('tries once more after a sleep, however long that was', async () => {
  const patienceMs = 60_000;
  let nowMs = 0;
  const tries: string[] = [];
  const call = async () => {
    tries.push('begun');
    if (tries.length === 3) return 'done';
    // The machine sleeps while the second try waits for its answer.
    if (tries.length === 2) nowMs += 3_600_000;
    throw new Error('no answer');
  };
  const done = insist(
    call,
    (_, elapsedMs) => elapsedMs > patienceMs,
    () => nowMs,
  );
  expect(await done).toBe('done');
});

it('gives up with the error of a try that began too late', async () => {
  let nowMs = 0;
  const call = async () => {
    nowMs += 30_000;
    throw new Error(`no answer at ${nowMs / 1_000} s`);
  };
  const done = insist(
    call,
    (_, elapsedMs) => elapsedMs >= 30_000,
    () => nowMs,
  );
  await expect(done).rejects.toThrow('no answer at 90 s');
});
