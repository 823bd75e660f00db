/** One process may end for reasons of its machine; one that ends again and again does not work. */
const tooMany = 3;
const withinMs = 300_000;
const mostKept = 50;

/**
 * When processes of a deployment were seen to have ended by themselves, one entry for each end, of the last five minutes.
 * @param more ends since the last look
 */
export function exitsUntil(now: Date, known: readonly string[], more: number): string[] {
  const recent = known.filter((at) => now.getTime() - Date.parse(at) < withinMs);
  return [...recent, ...Array.from({ length: more }, () => now.toISOString())].slice(-mostKept);
}

/** `its processes ended 3 times in 5 minutes`; undefined while that is not too often. */
export function exitWords(exits: readonly string[]): string | undefined {
  return exits.length < tooMany
    ? undefined
    : `its processes ended ${exits.length} times in ${withinMs / 60_000} minutes`;
}
