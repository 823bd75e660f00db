import { Failure, UnreachableFailure } from './failure.js';

/** So long a gateway may be away while it is restarted. */
const restartWithinMs = 60_000;

/** Asks until there is an answer; exit code 3 when there is none in time. */
export async function waitFor<T>(
  what: string,
  withinMs: number,
  ask: () => Promise<T | undefined>,
  everyMs = 200,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let answeredAt = Date.now();
  for (;;) {
    const answer = await ask().catch((error: unknown) => {
      const isAway = error instanceof UnreachableFailure && Date.now() - answeredAt < restartWithinMs;
      if (isAway) return 'away' as const;
      throw error;
    });
    if (answer === 'away') {
      await pause(everyMs);
      continue;
    }
    answeredAt = Date.now();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Failure(3, `${what} took longer than ${withinMs / 1000}s`);
    await pause(everyMs);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
