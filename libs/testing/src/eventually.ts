/** Asks for a fact until it is there. A fact that throws is not there yet. Who asks over HTTP asks less often. */
export async function eventually<T>(
  fact: () => Promise<T | undefined | false> | T | undefined | false,
  { withinMs = 10_000, everyMs = 20, what }: { withinMs?: number; everyMs?: number; what: string },
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await fact();
      if (found !== undefined && found !== false) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= deadline) throw new Error(`not within ${withinMs} ms: ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
