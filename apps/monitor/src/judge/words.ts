import type { AnalysisMetric, Verdict } from '@signalbox/domain';
import { isBaselineOutside, maxMsOf } from './metric.js';
import type { Failure, MetricEvidence } from './metric.js';
import type { Evidence, Opinion } from './opinion.js';

interface About {
  metric: AnalysisMetric;
  evidence: MetricEvidence;
  needed?: number;
}

const mostEvidence = 1e12;

/** exp(logE), kept a finite number. */
export function evidenceOf(logE: number): number {
  return Math.min(Math.exp(logE), mostEvidence);
}

function badWords(bad: number, overMs: number | undefined): string {
  return overMs === undefined ? `${bad} failed` : `${bad} over ${Math.round(overMs)} ms`;
}

/** One metric in words: `0 failed of 376 requests`. */
export function detailOf(verdict: Verdict, { metric, evidence, needed }: About): string {
  const flag = isBaselineOutside(metric, evidence)
    ? '; the baseline is outside the range, only the comparison decides'
    : '';
  if (verdict === 'failed' && evidence.failure) return `${failureWords(evidence.failure, 'baseline')}${flag}`;
  const { requests, bad } = evidence.step.canary;
  const of = verdict === 'inconclusive' && needed !== undefined ? ` of ${needed}` : '';
  return `${requests}${of} requests, ${badWords(bad, maxMsOf(metric))}${flag}`;
}

/** `8 of 41, 1.1.0 0 of 163` */
function failureWords({ by, counts, overMs }: Failure, baseline: string): string {
  const slow = overMs === undefined ? '' : ` over ${Math.round(overMs)} ms`;
  const canary = `${counts.canary.bad} of ${counts.canary.requests}${slow}`;
  if (by === 'range' && counts.baseline.requests === 0) return canary;
  return `${canary}, ${baseline} ${counts.baseline.bad} of ${counts.baseline.requests}`;
}

/** `evidence 4259:1, limit 100:1` */
export function oddsWords(logE: number, limit: number): string {
  const odds = Math.round(evidenceOf(logE));
  return `evidence ${odds >= mostEvidence ? `over ${mostEvidence}` : odds}:1, limit ${Math.round(limit)}:1`;
}

/** `8 of 41, 1.1.0 0 of 163; evidence 4259:1, limit 100:1` */
export function failedWords({ failure, logE, limit }: Opinion, baseline: string): string {
  return failure ? `${failureWords(failure, baseline)}; ${oddsWords(logE ?? 0, limit ?? 1)}` : '';
}

/** `0 of 380 failed, 1.0.0 0 of 1521` */
export function passedWords({ step: { canary, baseline } }: Evidence, version: string | undefined): string {
  const against = version === undefined ? '' : `, ${version} ${baseline.failed} of ${baseline.requests}`;
  return `${canary.failed} of ${canary.requests} failed${against}`;
}

/** `37 of 376 requests, none for 3m` */
export function missingWords({ waitsFor }: Opinion, silentForSeconds: number): string {
  const silence = silentForSeconds >= 10 ? `, none for ${ageWords(silentForSeconds)}` : '';
  if (!waitsFor) return `only dry-run metrics, which never decide${silence}`;
  const { metric, evidence, needed, intervalsBeforePass } = waitsFor;
  const { requests, bad } = evidence.step.canary;
  if (intervalsBeforePass > 0 && requests >= (needed ?? 0)) {
    const more = intervalsBeforePass === 1 ? '1 more interval shows' : `${intervalsBeforePass} more intervals show`;
    return `${requests} requests; a burst was slower than the baseline: ${more} whether it stays${silence}`;
  }
  if (needed === undefined)
    return `${requests} requests; the baseline is outside the range, only the comparison decides${silence}`;
  const badly = bad === 0 ? '' : `, ${badWords(bad, maxMsOf(metric))}`;
  return `${requests} of ${needed} requests${badly}${silence}`;
}

function ageWords(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)}s`;
  return seconds < 3_600 ? `${Math.floor(seconds / 60)}m` : `${Math.floor(seconds / 3_600)}h`;
}
