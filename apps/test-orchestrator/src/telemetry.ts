import { longSeconds } from '@signalbox/chassis';
import type { Logger, Meter } from '@signalbox/chassis';
import { outcomes } from '@signalbox/domain';
import type { Change } from '@signalbox/persistence';
import type { TestRun } from './test-run/test-run.js';

/** What operators see of test runs beside their events; called with what has been committed. */
export class Telemetry {
  private readonly figures;

  constructor(
    meter: Meter,
    private readonly logger: Logger,
    countRunning: () => Promise<number>,
  ) {
    const outcome = outcomes;
    this.figures = {
      runs: meter.counter('test_runs_ended_total', 'Test runs that ended', { outcome }),
      lasted: meter.histogram('test_run_duration_seconds', 'From begin to end of a test run', longSeconds),
      suites: meter.counter('test_suites_ended_total', 'Suites that ended', { outcome }),
      cases: meter.counter('test_cases_total', 'Test cases that were told', {
        result: ['passed', 'failed', 'skipped'],
      }),
      gates: meter.counter('gate_evaluations_total', 'Answers of quality gates', {
        policy: ['tests-passed'],
        result: ['passed', 'failed', 'not_applicable'],
      }),
    };
    meter.reading('test_runs_open', 'Test runs that have not ended', async () => [{ value: await countRunning() }]);
  }

  readonly testRun = ({ before, after }: Change<TestRun>): void => {
    if (before?.status === 'ended' || after.status !== 'ended') return;
    const { id, of, application, version, environment, suites, evaluation, outcome = 'errored' } = after;
    this.figures.runs.inc({ outcome });
    const seconds = (Date.parse(after.endedAt ?? '') - Date.parse(after.startedAt)) / 1000;
    if (seconds >= 0) this.figures.lasted.observe(seconds);
    for (const suite of suites) {
      this.figures.suites.inc({ outcome: suite.outcome ?? 'errored' });
      for (const result of ['passed', 'failed', 'skipped'] as const) this.figures.cases.inc({ result }, suite[result]);
    }
    if (evaluation) this.figures.gates.inc({ policy: evaluation.policy, result: evaluation.result });
    const about = { testRunId: id, releaseId: of.releaseId, application, version, environment };
    this.logger.info({ ...about, outcome, seconds, gate: evaluation?.result }, 'test run ended');
  };
}
