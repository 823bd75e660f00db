import { logMeanExp } from './numbers.js';

const effects = [0.25, 0.5, 1, 2, 4];
const reach = 14;
const steps = 4_000;

/** Logarithm of the integral of u^(n−1)·exp(−u²/2 + shift·u) over u > 0, by Simpson's rule around its peak. */
function logIntegral(n: number, shift: number): number {
  const log = (u: number) => (n === 1 ? 0 : (n - 1) * Math.log(u)) - (u * u) / 2 + shift * u;
  const peak = Math.max((shift + Math.sqrt(shift * shift + 4 * (n - 1))) / 2, 0);
  const from = Math.max(peak - reach, 0);
  const width = (peak + reach - from) / steps;
  const highest = log(Math.max(peak, Number.MIN_VALUE));
  let total = 0;
  for (let index = 0; index <= steps; index += 1) {
    const weight = index === 0 || index === steps ? 1 : index % 2 === 1 ? 4 : 2;
    const value = log(from + index * width);
    if (value > -Infinity) total += weight * Math.exp(value - highest);
  }
  return highest + Math.log((total * width) / 3);
}

/**
 * Sequential t-mixture for clustered counts: log evidence that the mean of `differences` (one log ratio per interval)
 * is above zero, of unknown spread; scale-invariant. Averaged over effects of 0.25 to 4 standard deviations.
 */
export function logTMixture(differences: readonly number[]): number {
  const n = differences.length;
  const total = differences.reduce((a, b) => a + b, 0);
  const squares = differences.reduce((a, b) => a + b * b, 0);
  if (n < 2 || squares === 0) return 0;
  const r = total / Math.sqrt(squares);
  const base = logIntegral(n, 0);
  return logMeanExp(effects.map((effect) => (-n * effect * effect) / 2 + logIntegral(n, effect * r) - base));
}
