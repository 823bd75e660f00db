/** 97.5 % of a normal distribution lies below it. */
const z = 1.96;

/**
 * The slope of values over times, robust against outliers: the median of the slopes of all pairs (Theil), with the 95 %
 * interval from Kendall's statistic (Sen, 1968), which no slope of noise alone leaves but once in twenty.
 * @param points `[time, value]`
 */
export function trend(points) {
  const slopes = points
    .flatMap(([at, value], index) => points.slice(index + 1).map(([later, other]) => (other - value) / (later - at)))
    .sort((a, b) => a - b);
  const n = points.length;
  const spread = z * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const at = (rank) => slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(rank)))];
  const [low, high] = [at((slopes.length - spread) / 2), at((slopes.length + spread) / 2)];
  return { slope: at((slopes.length - 1) / 2), low, high, isNoise: low <= 0 && high >= 0 };
}
