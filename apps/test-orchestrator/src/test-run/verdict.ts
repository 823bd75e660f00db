import {
  draft,
  gateEvaluated,
  stageEnded,
  stageMoved,
  testCaseRunFinished,
  testSuiteRunFinished,
  topics,
  cdOutcome,
} from '@signalbox/domain';
import type { Decision, EventDraft, Outcome } from '@signalbox/domain';
import { awaited, endSilent } from './outside.js';
import { aboutRun, suiteContent } from './test-run.js';
import type { SuiteRun, TestRun } from './test-run.js';

const tellEveryMs = 15_000;
/** A task says every ten seconds how it stands. */
const heardWithinMs = 60_000;
/** The store may be restarted meanwhile. */
const readWithinMs = 300_000;
const shownFailures = 20;

/** Says what has changed since `before`, and ends the run when its last suite has. */
export function conclude(before: TestRun, run: TestRun, now: Date): Decision<TestRun> {
  if (before.status === 'ended' || run === before) return { next: before, events: [] };
  const ended = run.suites.filter((suite) => suite.status === 'ended' && wasOpen(before, suite));
  const events = ended.flatMap((suite) => suiteEvents(run, suite));
  if (run.suites.some((suite) => suite.status !== 'ended')) return { next: run, events };
  return endRun(run, events, now);
}

function wasOpen(before: TestRun, suite: SuiteRun): boolean {
  return before.suites.find((other) => other.taskId === suite.taskId)?.status !== 'ended';
}

function suiteEvents(run: TestRun, suite: SuiteRun): EventDraft[] {
  const about = { chainId: run.of.releaseId };
  const { passed, failed, skipped, outcome = 'errored', detail } = suite;
  const finished = draft(testSuiteRunFinished, {
    ...about,
    subject: suite.taskId,
    content: { ...suiteContent(run, suite), outcome: cdOutcome[outcome], ...(detail && { reason: detail }) },
    customData: { ...aboutRun(run), passed, failed, skipped },
  });
  const cases = suite.failures.map(({ name, message, place }, index) =>
    draft(testCaseRunFinished, {
      ...about,
      subject: `${suite.taskId}/${index + 1}`,
      content: {
        environment: { id: run.environment },
        outcome: 'failure',
        reason: message,
        testCase: { id: `${run.application}/${suite.name}/${name}`, name },
        testSuiteRun: { id: suite.taskId },
      },
      customData: { ...aboutRun(run), message, ...(place && { place }) },
    }),
  );
  return [finished, ...cases];
}

function endRun(run: TestRun, events: EventDraft[], now: Date): Decision<TestRun> {
  const sum = (field: 'passed' | 'failed' | 'skipped') => run.suites.reduce((total, suite) => total + suite[field], 0);
  const [passed, failed, skipped] = [sum('passed'), sum('failed'), sum('skipped')];
  const share = passed + failed === 0 ? 0 : passed / (passed + failed);
  const inputs = { min: run.min, passed, failed, skipped, share };
  const isEnough = share >= run.min;
  const outcome = outcomeOf(run, isEnough);
  const failures = run.suites.flatMap((suite) => suite.failures);
  // What was cancelled or errored says nothing about the policy.
  const evaluation =
    outcome === 'succeeded' || outcome === 'failed'
      ? { policy: 'tests-passed', result: outcome === 'succeeded' ? ('passed' as const) : ('failed' as const), inputs }
      : undefined;
  const failedOf = `${failed} of ${passed + failed}`;
  const cause = outcome === 'succeeded' ? undefined : causeOf(run, outcome, { isEnough, failedOf });
  const { releaseId } = run.of;
  const about = { releaseId, application: run.application, version: run.version };
  const evaluated = evaluation
    ? [draft(gateEvaluated, { subject: run.id, chainId: releaseId, content: { ...about, ...evaluation } })]
    : [];
  const answer = stageEnded(topics.test, run.of, {
    outcome,
    ...(cause?.reason && { reason: cause.reason }),
    ...(cause && { detail: cause.detail }),
    outputs: {
      tests: { passed, failed, skipped, failures: failures.slice(0, shownFailures) },
      ...(cause?.lastLines && { lastLines: cause.lastLines }),
    },
  });
  const next: TestRun = {
    ...run,
    status: 'ended',
    outcome,
    ...(evaluation && { evaluation }),
    endedAt: now.toISOString(),
    ...(cause && { detail: cause.detail }),
  };
  return { next, events: [...events, ...evaluated, answer] };
}

/** Cancelled and errored win over failed: then nobody knows. A share below the minimum fails whatever exit codes say. */
function outcomeOf(run: TestRun, isEnough: boolean): Outcome {
  const outcomes = run.suites.map((suite) => suite.outcome ?? 'errored');
  for (const found of ['cancelled', 'errored'] as const) if (outcomes.includes(found)) return found;
  return isEnough && !run.suites.some(isBroken) ? 'succeeded' : 'failed';
}

/** Failed by its exit code; no case says why. */
function isBroken({ outcome, failures }: SuiteRun): boolean {
  return outcome === 'failed' && failures.length === 0;
}

interface Cause {
  detail: string;
  reason?: string;
  lastLines?: string[];
}

/** `2 of 42` where the failing cases decide, which are listed; else what the suite says that decided. */
function causeOf(run: TestRun, outcome: Outcome, cases: { isEnough: boolean; failedOf: string }): Cause {
  const decided = (suite: SuiteRun) => (outcome === 'failed' ? isBroken(suite) : suite.outcome === outcome);
  const suite = run.suites.find(decided);
  const reason = outcome === 'failed' ? 'tests_failed' : undefined;
  const byCases = outcome === 'failed' && !cases.isEnough && run.suites.some(({ failures }) => failures.length > 0);
  if (!suite || byCases) return { reason, detail: cases.failedOf };
  return {
    reason: suite.reason ?? reason,
    detail: suite.detail ?? `suite ${suite.name} ${outcome}`,
    lastLines: suite.lastLines,
  };
}

/**
 * Ends what nobody outside has reported in time; else a sign of life for planning, which calls an executor silent after
 * a minute.
 *
 * @param hearsSince a silence that began earlier may be our own; undefined: nothing is heard now
 */
export function look(run: TestRun, now: Date, hearsSince: Date | undefined): Decision<TestRun> {
  const ended = endSilent(run, now, hearsSince);
  return ended === run ? tell(run, now, hearsSince) : conclude(run, ended, now);
}

function tell(run: TestRun, now: Date, hearsSince: Date | undefined): Decision<TestRun> {
  if (run.status === 'ended' || now.getTime() - Date.parse(run.toldAt) < tellEveryMs - 500)
    return { next: run, events: [] };
  const isAlive = run.suites.every((suite) => goesOn(run, suite, now, hearsSince));
  return { next: { ...run, toldAt: now.toISOString() }, events: isAlive ? [moved(run)] : [] };
}

/** Who says that a suite goes on of which nothing is heard makes planning wait for ever. One from outside has its own end. */
function goesOn(run: TestRun, suite: SuiteRun, now: Date, hearsSince: Date | undefined): boolean {
  if (suite.status === 'ended' || suite.source !== undefined || hearsSince === undefined) return true;
  const heardAt = Math.max(Date.parse(suite.heardAt ?? run.startedAt), hearsSince.getTime());
  return now.getTime() - heardAt < (suite.status === 'reading' ? readWithinMs : heardWithinMs);
}

export function moved(run: TestRun): EventDraft {
  const { releaseId, stage, attempt } = run.of;
  const open = run.suites.filter((suite) => suite.status !== 'ended');
  const summary = run.waiting ?? `${run.suites.length - open.length} of ${run.suites.length} suites done`;
  const waiting = run.waiting ? [{ code: 'no_runner', detail: run.waiting, who: 'operator', command: 'doctor' }] : [];
  return stageMoved(topics.test, { releaseId, stage, attempt, summary, waiting: [...waiting, ...awaited(run)] });
}
