/** Counts of one group: how many were seen, and how many of them were bad. */
export interface Counts {
  requests: number;
  bad: number;
}

export const noCounts: Counts = { requests: 0, bad: 0 };

export function sum(a: Counts, b: Counts): Counts {
  return { requests: a.requests + b.requests, bad: a.bad + b.bad };
}

export function share({ requests, bad }: Counts): number {
  return requests === 0 ? 0 : bad / requests;
}

/** Logarithm of a weighted mean of exponentials; all weights are equal. */
export function logMeanExp(values: readonly number[]): number {
  const highest = Math.max(...values);
  if (highest === -Infinity) return -Infinity;
  return highest + Math.log(values.reduce((total, value) => total + Math.exp(value - highest), 0) / values.length);
}
