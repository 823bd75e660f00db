/** Median and range of repeated measurements, as every figure here is told. */
export function summary(values, digits) {
  const sorted = [...values].sort((a, b) => a - b);
  const show = (value) => value.toFixed(digits);
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
  return { median, text: `${show(median)} (${show(sorted[0])} to ${show(sorted.at(-1))})` };
}

/** `met`, or `missed` with what is known of why. */
export function verdict(isMet, reason) {
  return isMet ? 'met' : `missed: ${reason}`;
}

/** The value below which this share of the values lies. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
