import { Failure, UnavailableFailure } from './failure.js';

/** How long a gateway, or the service asked for, may be away while it is restarted. */
const restartWithinMs = 60_000;

/**
 * Asks until there is an answer; exit code 3 when there is none in time.
 * @param fix what to do then
 */
export async function waitFor<T>(
  what: string,
  withinMs: number,
  ask: () => Promise<T | undefined>,
  everyMs = 200,
  fix?: string,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let heardAt = Date.now();
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
      heardAt = Date.now();
    } catch (error) {
      if (!(error instanceof UnavailableFailure) || Date.now() - heardAt > restartWithinMs) throw error;
    }
    if (Date.now() > deadline)
      throw new Failure(3, `${what} took longer than ${withinMs / 1000}s`, fix === undefined ? {} : { fix });
    await new Promise((resolve) => {
      setTimeout(resolve, everyMs);
    });
  }
}
