import { expect, it } from '@jest/globals';
import { inTime } from './in-time.js';

const never = () => new Promise<never>(() => undefined);

it('gives the answer, or what went wrong instead', async () => {
  expect(await inTime(1_000, async () => 7)).toBe(7);
  await expect(inTime(1_000, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
});

it('does not wait for one that heeds nothing', async () => {
  await expect(inTime(20, never)).rejects.toThrow('no answer in 0.02s');
});

it('tells the call to end, and says that there was no answer whatever it says to that', async () => {
  let ended = false;
  const cut = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => {
        ended = true;
        reject(new Error('aborted'));
      });
    });
  await expect(inTime(20, cut)).rejects.toThrow('no answer in 0.02s');
  expect(ended).toBe(true);
});
