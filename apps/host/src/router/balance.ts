/** One candidate; the picker owns `current`. */
export interface Weighted {
  readonly weight: number;
  current: number;
}

/**
 * Smooth weighted round robin: of every `sum(weights)` picks each candidate gets exactly its weight, evenly spread.
 * Candidates without weight are never picked.
 */
export function pickWeighted<T extends Weighted>(candidates: readonly T[]): T | undefined {
  let best: T | undefined;
  let total = 0;
  for (const candidate of candidates) {
    if (candidate.weight === 0) continue;
    total += candidate.weight;
    candidate.current += candidate.weight;
    if (best === undefined || candidate.current > best.current) best = candidate;
  }
  if (best !== undefined) best.current -= total;
  return best;
}
