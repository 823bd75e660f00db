import { setTimeout as delay } from 'node:timers/promises';

const pauseMs = 500;

/**
 * Calls again and again until it works or the caller gives up on the error; that error is thrown. `elapsedMs`: from
 * the first failure to the beginning of this try, for a try may take long and be going well, or be slept through.
 */
export async function insist<T>(
  call: () => Promise<T>,
  givesUp: (error: unknown, elapsedMs: number) => boolean,
  nowMs: () => number = () => performance.now(),
): Promise<T> {
  let since: number | undefined;
  for (;;) {
    const beganAt = nowMs();
    try {
      return await call();
    } catch (error) {
      since ??= nowMs();
      if (givesUp(error, Math.max(0, beganAt - since))) throw error;
      await delay(pauseMs);
    }
  }
}
