import { Failure } from './failure.js';

/** Asks until there is an answer; exit code 3 when there is none in time. */
export async function waitFor<T>(
  what: string,
  withinMs: number,
  ask: () => Promise<T | undefined>,
  everyMs = 200,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Failure(3, `${what} took longer than ${withinMs / 1000}s`);
    await new Promise((resolve) => {
      setTimeout(resolve, everyMs);
    });
  }
}
