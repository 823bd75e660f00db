import { setTimeout as delay } from 'node:timers/promises';

interface Patience {
  withinMs: number;
  everyMs: number;
  nowMs?: () => number;
}

/**
 * Looks until it is so: whether it was in time. Time is what has passed, whatever clocks are set to; where the sleep of a
 * machine counts, there is one more look after it.
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
