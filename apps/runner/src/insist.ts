import { setTimeout as delay } from 'node:timers/promises';

const pauseMs = 500;

/** Calls again and again until it works or the caller gives up on the error; that error is thrown. */
export async function insist<T>(
  call: () => Promise<T>,
  givesUp: (error: unknown, elapsedMs: number) => boolean,
): Promise<T> {
  const since = Date.now();
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (givesUp(error, Date.now() - since)) throw error;
      await delay(pauseMs);
    }
  }
}
