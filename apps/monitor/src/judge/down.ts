/** A host that was started again has them back within seconds; one process may take as long as it says. */
export const downForMs = 30_000;
/** Looks that are further apart than usual by so much say nothing of what was between them. */
export const gapMs = 20_000;

/** Since when none of a version's processes could serve, at every look. @param ready so many could at this one */
export function downSinceOf(ready: number | undefined, since: string | undefined, now: Date): string | undefined {
  return ready === 0 ? (since ?? now.toISOString()) : undefined;
}

/** `no process of 1.1.0 is ready, for 30s`; undefined while that has not lasted for so long. */
export function downWords(
  version: string,
  since: string | undefined,
  patienceMs: number,
  now: Date,
): string | undefined {
  const downMs = since === undefined ? 0 : now.getTime() - Date.parse(since);
  if (since === undefined || downMs < patienceMs) return undefined;
  return `no process of ${version} is ready, for ${Math.round(downMs / 1_000)}s`;
}
