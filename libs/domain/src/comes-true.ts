import { setTimeout as delay } from 'node:timers/promises';

interface Patience {
  withinMs: number;
  everyMs: number;
  nowMs?: () => number;
}

/**
 * Asks again and again until it is so, for `withinMs` at most. Time is what has passed, whatever clocks are set to; where
 * the sleep of a machine counts, it asks once more after that.
 * @returns whether it came true
 */
export async function comesTrue(
  isSo: () => boolean,
  { withinMs, everyMs, nowMs = () => performance.now() }: Patience,
): Promise<boolean> {
  const deadline = nowMs() + withinMs;
  let isOver = false;
  while (!isSo()) {
    if (isOver) return false;
    isOver = nowMs() >= deadline;
    await delay(everyMs);
  }
  return true;
}
