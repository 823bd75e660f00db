const FIRST_MS = 250;
const LONGEST_MS = 10_000;

/** Pause before the next try after so many failures in a row. */
export function backoffMs(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
}
