import { setTimeout as delay } from 'node:timers/promises';

const pauseMs = 500;

/**
 * Calls again and again until it works or the caller gives up on the error; that error is thrown. `elapsedMs`: since the
 * first try failed, for a try may take long and be going well.
 */
export async function insist<T>(
  call: () => Promise<T>,
  givesUp: (error: unknown, elapsedMs: number) => boolean,
): Promise<T> {
  let since: number | undefined;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      since ??= Date.now();
      if (givesUp(error, Date.now() - since)) throw error;
      await delay(pauseMs);
    }
  }
}
