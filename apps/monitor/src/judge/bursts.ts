import type { CountEvidence } from './count-test.js';

/**
 * Slow requests come in bursts: whatever stalls a process for a moment delays every request that arrives in it, and
 * tests that take requests for independent would call one stall a proof. What is independent are intervals: a stall
 * that hits only one arm hits either with the same chance, so no interval may more than double the evidence, as in a
 * bet on a coin. For large bursts the bet is fair; for small ones it holds by replay and simulation (ADR 11).
 */
const mostPerInterval = Math.log(2);

/** Log evidence per alternative, with what the newest interval has added to it bounded. */
export function addBounded(bounded: CountEvidence, before: CountEvidence, after: CountEvidence): CountEvidence {
  return after.map((log, index) => (bounded[index] ?? 0) + Math.min(log - (before[index] ?? 0), mostPerInterval));
}

/** So many intervals in a row prove what only one of `comparisons` shows, at error rate `alpha`. */
export function intervalsToProve(alpha: number, comparisons: number): number {
  return Math.ceil(Math.log(comparisons / alpha) / mostPerInterval);
}
