/** One process may end for reasons of its machine; one that ends again and again does not work. */
const tooMany = 3;
const withinMs = 300_000;
const mostKept = 50;

/**
 * When a deployment's process was seen to have ended by itself, one entry for each end, of the last five minutes.
 * @param more ends since the last look, which was `sinceMs` ago: of a longer time nobody can say when they were
 */
export function exitsUntil(now: Date, known: readonly string[], more: number, sinceMs: number): string[] {
  const recent = known.filter((at) => now.getTime() - Date.parse(at) < withinMs);
  if (sinceMs > withinMs) return recent;
  return [...recent, ...Array.from({ length: more }, () => now.toISOString())].slice(-mostKept);
}

/** `a process ended 3 times in 5 minutes`; undefined while that is not too often, or no more than beside it. */
export function exitWords(exits: readonly string[], baseline: readonly string[] = []): string | undefined {
  if (exits.length < tooMany || exits.length <= baseline.length) return undefined;
  return `a process ended ${exits.length} times in ${withinMs / 60_000} minutes`;
}
