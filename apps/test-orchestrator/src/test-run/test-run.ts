import type { TestReport } from '@signalbox/chassis';
import { draft, durationMs, taskCancelled, taskRequested, testSuiteRunQueued } from '@signalbox/domain';
import type { Decision, EventDraft, Outcome, StageAttempt, StageRequest, Suite } from '@signalbox/domain';

/** A failing case, as people need it: what, why, where. */
export interface FailedCase {
  name: string;
  message: string;
  place?: string;
}

export interface SuiteRun {
  name: string;
  taskId: string;
  /** Where the suite says its report will be; the built-in smoke suite always writes one. */
  junit?: string;
  isSmoke: boolean;
  /** The event source that reports it; absent: a runner does it. */
  source?: string;
  /** Of one that is awaited from outside: until then. */
  dueAt?: string;
  status: 'queued' | 'running' | 'reading' | 'ended';
  /** When its task last said how it stands; absent: not yet. */
  heardAt?: string;
  outcome?: Outcome;
  reason?: string;
  detail?: string;
  /** Digest of the report in the store. */
  reportDigest?: string;
  lastLines: string[];
  passed: number;
  failed: number;
  skipped: number;
  failures: FailedCase[];
}

export const testRunStatuses = ['running', 'ended'] as const;

/** All suites of one environment against one live version. */
export interface TestRun {
  id: string;
  of: StageAttempt;
  application: string;
  environment: string;
  team: string;
  version: string;
  status: (typeof testRunStatuses)[number];
  suites: SuiteRun[];
  /** Share of cases that must pass. */
  min: number;
  waiting?: string;
  evaluation?: { policy: string; result: 'passed' | 'failed' | 'not_applicable'; inputs: Record<string, unknown> };
  outcome?: Outcome;
  detail?: string;
  startedAt: string;
  endedAt?: string;
  toldAt: string;
}

const tellEveryMs = 15_000;
const keptFailures = 50;

export function testRunId({
  releaseId,
  stage,
  attempt,
}: Pick<StageAttempt, 'releaseId' | 'stage' | 'attempt'>): string {
  return `trn_${releaseId.replace(/^rel_/, '')}-${stage}-${attempt}`;
}

/** Asks the runners for every suite at once; the run refuses any other version than the one it was made for. */
export function begin(request: StageRequest, of: StageAttempt, now: Date): Decision<TestRun> {
  const { environment = '', application, version, team } = request;
  const id = testRunId(of);
  const wanted = request.definition.environments[environment]?.suites ?? [];
  const min = request.definition.policies.find((policy) => policy.name === 'tests-passed')?.min ?? 1;
  const at = now.toISOString();
  const suites = wanted.map((suite) => queuedSuite(id, suite, now));
  const run: TestRun = {
    id,
    of,
    application,
    environment,
    team,
    version,
    status: 'running',
    suites,
    min,
    startedAt: at,
    toldAt: at,
  };
  return { next: run, events: wanted.flatMap((suite, index) => suiteRequest(request, run, suite, suites[index])) };
}

function queuedSuite(runId: string, suite: Suite, now: Date): SuiteRun {
  const { executor, timeout } = suite;
  return {
    name: suite.name,
    taskId: `tsk_${runId.replace(/^trn_/, '')}-${suite.name}`,
    ...(suite.junit && { junit: suite.junit }),
    isSmoke: suite.run === undefined && executor === undefined,
    ...(executor && {
      source: executor.event,
      dueAt: new Date(now.getTime() + durationMs(timeout)).toISOString(),
    }),
    status: 'queued',
    lastLines: [],
    passed: 0,
    failed: 0,
    skipped: 0,
    failures: [],
  };
}

function suiteRequest(request: StageRequest, run: TestRun, suite: Suite, queued: SuiteRun | undefined): EventDraft[] {
  const { target, application, team, version, commit, repository, definition, releaseId } = request;
  if (!target) throw new Error(`a request to test without a target: ${run.of.stage}`);
  if (!queued) return [];
  const { name, run: command, env, junit, timeout } = suite;
  const { current, url } = target;
  const content = {
    taskId: queued.taskId,
    requestedBy: 'test-orchestrator',
    releaseId,
    application,
    team,
    version,
    commit,
    repository,
    definition,
    suite: { name, env, timeoutMs: durationMs(timeout), ...(command && { run: command }), ...(junit && { junit }) },
    target: {
      url,
      healthCheckPath: definition.runtime.healthCheckPath,
      version: current.version,
      slotVersion: current.slotVersion,
    },
  };
  const about = { subject: queued.taskId, chainId: releaseId };
  const told = draft(testSuiteRunQueued, { ...about, content: suiteContent(run, queued), customData: aboutRun(run) });
  return queued.source === undefined ? [told, draft(taskRequested, { ...about, content })] : [told];
}

export function aboutRun(run: TestRun) {
  return { releaseId: run.of.releaseId, application: run.application, version: run.version, testRunId: run.id };
}

export function suiteContent(run: TestRun, suite: SuiteRun) {
  return {
    environment: { id: run.environment },
    testSuite: { id: `${run.application}/${suite.name}`, name: suite.name },
  };
}

export function withSuite(run: TestRun, taskId: string, change: (suite: SuiteRun) => SuiteRun): TestRun {
  return { ...run, suites: run.suites.map((suite) => (suite.taskId === taskId ? change(suite) : suite)) };
}

/** Its task is alive. */
export function heard(run: TestRun, taskId: string, now: Date): TestRun {
  if (run.status === 'ended') return run;
  return withSuite(run, taskId, (suite) => ({ ...suite, heardAt: now.toISOString() }));
}

export interface TaskAnswer {
  taskId: string;
  outcome: Outcome;
  reason?: string | undefined;
  detail?: string | undefined;
  reportDigest?: string | undefined;
  lastLines: string[];
}

/** The runner is done. With a report the suite waits for it to be read; without one its exit code is the answer. */
export function answered(run: TestRun, answer: TaskAnswer): TestRun {
  return withSuite(run, answer.taskId, (suite) => {
    if (suite.status === 'ended' || suite.status === 'reading') return suite;
    const { outcome, reason, detail, reportDigest, lastLines } = answer;
    const told: SuiteRun = { ...suite, outcome, lastLines, ...(reason && { reason }), ...(detail && { detail }) };
    if (reportDigest) return { ...told, status: 'reading', reportDigest };
    if (suite.junit && outcome === 'succeeded') {
      const missing = `suite ${suite.name} declares ${suite.junit} but wrote none`;
      return { ...told, status: 'ended', outcome: 'failed', reason: 'report_missing', detail: missing, failed: 1 };
    }
    return { ...told, status: 'ended', passed: outcome === 'succeeded' ? 1 : 0, failed: outcome === 'failed' ? 1 : 0 };
  });
}

/** The report was read, or is of no use. */
export function reported(run: TestRun, taskId: string, report: TestReport | { problem: string }): TestRun {
  return withSuite(run, taskId, (suite) => {
    if (suite.status !== 'reading') return suite;
    if ('problem' in report) {
      // Why it could not find out is known already.
      if (suite.outcome === 'errored') return { ...suite, status: 'ended' };
      return {
        ...suite,
        status: 'ended',
        outcome: 'failed',
        reason: 'report_unreadable',
        detail: `suite ${suite.name}: ${report.problem}`,
        failed: 1,
      };
    }
    const { passed, failed, skipped, cases } = report;
    if (passed + failed === 0 && suite.outcome === 'succeeded') {
      const detail = `suite ${suite.name} declares ${suite.junit ?? 'a report'} but no test ran`;
      return { ...suite, status: 'ended', outcome: 'failed', reason: 'no_tests', detail, skipped, failed: 1 };
    }
    const failures = cases
      .filter((found) => found.status === 'failed')
      .slice(0, keptFailures)
      .map(({ name, message = 'failed', place }) => ({ name, message, ...(place && { place }) }));
    return { ...suite, status: 'ended', passed, failed, skipped, failures };
  });
}

/** Stops what still runs; the answer to planning follows from the open suites being ended. */
export function cancel(run: TestRun, reason: string): Decision<TestRun> {
  if (run.status === 'ended') return { next: run, events: [] };
  const tasks = run.suites.filter((suite) => suite.status !== 'ended' && suite.source === undefined);
  const events = tasks.map((suite) =>
    draft(taskCancelled, {
      subject: suite.taskId,
      chainId: run.of.releaseId,
      content: { taskId: suite.taskId, releaseId: run.of.releaseId, reason },
    }),
  );
  const suites = run.suites.map((suite) =>
    suite.status === 'ended'
      ? suite
      : { ...suite, status: 'ended' as const, outcome: 'cancelled' as const, reason: 'cancelled', detail: reason },
  );
  return { next: { ...run, suites }, events };
}

export function nextWakeUp(run: TestRun): Date | undefined {
  if (run.status !== 'running') return undefined;
  const due = run.suites.flatMap(({ status, dueAt }) => (status === 'ended' || !dueAt ? [] : [Date.parse(dueAt)]));
  return new Date(Math.min(Date.parse(run.toldAt) + tellEveryMs, ...due));
}
