import type { TestReport } from '@signalbox/chassis';

/** What was found where the definition says that the report would be. */
export type ReportFound = { report: TestReport } | { problem: string };

export interface Evaluated {
  result: 'passed' | 'failed' | 'not_applicable';
  detail: string;
  inputs: Record<string, unknown>;
}

/**
 * The policy tests-passed: at least this share of the cases that ran has passed.
 * @param junit where the report was declared to be; undefined: nowhere
 */
export function testsPassed(min: number, junit: string | undefined, found: ReportFound | undefined): Evaluated {
  if (junit === undefined) return { result: 'not_applicable', detail: 'no test report declared', inputs: { min } };
  const problem = found === undefined ? 'no test report' : 'problem' in found ? found.problem : undefined;
  if (problem !== undefined || found === undefined || 'problem' in found) {
    return { result: 'failed', detail: `${junit}: ${problem}`, inputs: { min, junit, problem } };
  }
  const { passed, failed, skipped } = found.report;
  const ran = passed + failed;
  const inputs = { min, junit, passed, failed, skipped };
  if (ran === 0) return { result: 'failed', detail: `${junit}: no test ran`, inputs };
  const share = passed / ran;
  return share >= min
    ? { result: 'passed', detail: `${passed} passed`, inputs: { ...inputs, share } }
    : { result: 'failed', detail: `${failed} of ${ran} tests failed`, inputs: { ...inputs, share } };
}
