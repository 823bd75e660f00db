/** The commit whose processes stand beside today's in the fault of a rolling upgrade. */
export const earlierCommit: string;

/** What this checkout lacks to build it, in words; undefined when nothing is missing. */
export function missingForEarlierBuild(): string | undefined;
