export interface Interval {
  low: number;
  high: number;
}

/** The 97.5th percentile of the normal distribution: two-sided 95 %. */
const z = 1.959_963_984_540_054;

/** Wilson's score interval of a proportion, 95 %. */
export function wilson(successes: number, total: number): Interval {
  if (total === 0) return { low: 0, high: 1 };
  const share = successes / total;
  const weight = 1 + (z * z) / total;
  const centre = (share + (z * z) / (2 * total)) / weight;
  const reach = (z / weight) * Math.sqrt((share * (1 - share)) / total + (z * z) / (4 * total * total));
  return { low: Math.max(0, centre - reach), high: Math.min(1, centre + reach) };
}

export interface NetPromoterScore extends Interval {
  /** Promoters minus detractors, from −1 to 1, as it was counted. */
  value: number;
}

/** Ratings from 0 to 10: promoters give 9 or more, detractors 6 or less. */
export interface Ratings {
  answers: number;
  promoters: number;
  detractors: number;
}

const leastAnswers = 10;

/** Net promoter score with its adjusted Wald interval; undefined when too few have answered to say anything. */
export function netPromoterScore({ answers, promoters, detractors }: Ratings): NetPromoterScore | undefined {
  if (answers < leastAnswers) return undefined;
  const adjusted = answers + 3;
  const [p, d] = [(promoters + 0.75) / adjusted, (detractors + 0.75) / adjusted];
  const error = Math.sqrt((p + d - (p - d) ** 2) / adjusted);
  return {
    value: (promoters - detractors) / answers,
    low: Math.max(-1, p - d - z * error),
    high: Math.min(1, p - d + z * error),
  };
}

/** The middle value. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

/**
 * Interval of the median by order statistics, at least 95 %: free of assumptions about the distribution, and the same
 * each time it is computed. Undefined below six values, where none reaches 95 %.
 */
export function medianInterval(values: readonly number[]): Interval | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  // As a logarithm: 2⁻ⁿ itself is zero from 1075 values on.
  let [rank, tail, logTerm] = [0, 0, -n * Math.LN2];
  while (tail + Math.exp(logTerm) <= 0.025) {
    tail += Math.exp(logTerm);
    rank += 1;
    logTerm += Math.log((n - rank + 1) / rank);
  }
  const [low, high] = [sorted[rank - 1], sorted[n - rank]];
  return low === undefined || high === undefined ? undefined : { low, high };
}
