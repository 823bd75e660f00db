import { cdOutcome, outcomes, sourceOfTopic, taskrunFinished } from '@signalbox/domain';
import type { Blocker, Outcome, ReceivedEvent } from '@signalbox/domain';
import { withSuite } from './test-run.js';
import type { SuiteRun, TestRun } from './test-run.js';

/** What a tool outside says of a suite that it has done. */
export interface OutsideReport {
  /** The event source that says it. */
  source: string;
  /** Event ids that it links to; one of them may be a stage request, which names the attempt. */
  requests: readonly string[];
  releaseId?: string | undefined;
  /** Of a test suite run. */
  environment?: string | undefined;
  /** The name of the suite, or of the task; it has to be there where a stage awaits several of one source. */
  suite?: string | undefined;
  /** A task run is a suite only where it links to the stage's request or has the suite's name: a tool runs many tasks. */
  isTask: boolean;
  outcome: Outcome;
  detail?: string | undefined;
  /** When it was done, by the clock of whoever did it. */
  at: string;
}

export interface ReportedContent {
  outcome?: string | undefined;
  reason?: string | undefined;
  errors?: string | undefined;
  taskName?: string | undefined;
  environment?: { id: string } | undefined;
  testSuite?: { name?: string | undefined } | undefined;
}

/** It is said twice in the answer to the stage, and shown to people. */
const longestDetail = 2_000;

/** Read from a `testsuiterun.finished` or a `taskrun.finished` of a source outside. */
export function reportOf({
  type,
  topic,
  links,
  chainId,
  time,
  content,
}: ReceivedEvent<ReportedContent>): OutsideReport {
  const outcome = outcomes.find((each) => cdOutcome[each] === content.outcome);
  const unknown = `the outcome ${content.outcome ?? ''} is none of ${Object.values(cdOutcome).join(', ')}`;
  return {
    source: sourceOfTopic(topic) ?? '',
    requests: links.map((link) => (link.linkType === 'RELATION' ? link.target : link.from).contextId),
    releaseId: chainId,
    environment: content.environment?.id,
    suite: content.testSuite?.name ?? content.taskName,
    isTask: type === taskrunFinished.type,
    outcome: outcome ?? 'errored',
    detail: (outcome === undefined ? unknown : (content.reason ?? content.errors))?.slice(0, longestDetail),
    at: time.toISOString(),
  };
}

/** Why a report is of no suite that waits. */
export interface Miss {
  code: 'unmatched' | 'ambiguous' | 'attempt_over' | 'source_not_allowed' | 'suite_unknown';
  message: string;
}

interface Candidate {
  readonly run: TestRun;
  readonly suite: SuiteRun;
}

/** By the request that it links to, else by its release if exactly one suite of that waits for this source. */
export function match(report: OutsideReport, runs: readonly TestRun[]): { runId: string; taskId: string } | Miss {
  const linked = runs.find((run) => report.requests.includes(run.of.requestEventId));
  if (linked?.status === 'ended') return { code: 'attempt_over', message: `${linked.id} has ended` };
  const ofSource = (linked ? [linked] : runs.filter((run) => mayMean(report, run))).flatMap((run) =>
    run.suites.filter(({ source }) => source === report.source).map((suite) => ({ run, suite })),
  );
  const named = ofSource.filter(({ suite }) => suite.name === report.suite);
  // The task that does the only suite may have a name of its own: the link says what it is of.
  const isLinkedTask = report.isTask && linked !== undefined && ofSource.length === 1;
  const isNamed = report.suite !== undefined && !isLinkedTask;
  return chosen(report, isNamed ? named : ofSource) ?? missOf(report, linked, ofSource);
}

/** Without a link it may be of any stage of its release, as far as it does not say otherwise. */
function mayMean({ environment, isTask, suite, at }: OutsideReport, run: TestRun): boolean {
  if (environment !== undefined && environment !== run.environment) return false;
  if (isTask && suite === undefined) return false;
  return Date.parse(at) >= Date.parse(run.startedAt);
}

function chosen(
  { source }: OutsideReport,
  suites: readonly Candidate[],
): { runId: string; taskId: string } | Miss | undefined {
  const open = suites.filter(({ suite }) => suite.status !== 'ended');
  const [found, another] = open;
  if (another) return { code: 'ambiguous', message: `${open.length} suites wait for ${source}: name one` };
  if (found) return { runId: found.run.id, taskId: found.suite.taskId };
  const [over] = suites;
  return over && { code: 'attempt_over', message: `what ${over.run.id} awaited of ${source} has been reported` };
}

function missOf(report: OutsideReport, linked: TestRun | undefined, ofSource: readonly Candidate[]): Miss {
  const { source, releaseId } = report;
  if (ofSource.length > 0) {
    const names = ofSource.map(({ suite }) => suite.name).join(', ');
    return { code: 'suite_unknown', message: `${source} does ${names}, not ${report.suite}` };
  }
  if (linked) return { code: 'source_not_allowed', message: `${linked.id} awaits nothing of ${source}` };
  const what =
    releaseId === undefined
      ? 'no release is named'
      : `nothing of ${releaseId} that waits for ${source} began before ${report.at}${report.environment === undefined ? '' : ` in ${report.environment}`}`;
  return { code: 'unmatched', message: `no link to a stage request of ours, and ${what}` };
}

export function endedOutside(run: TestRun, taskId: string, { outcome, detail }: OutsideReport): TestRun {
  const open = run.suites.find((suite) => suite.taskId === taskId && suite.status !== 'ended');
  if (!open) return run;
  return withSuite(run, taskId, (suite) => ({
    ...suite,
    status: 'ended',
    outcome,
    ...(detail !== undefined && { detail }),
    passed: outcome === 'succeeded' ? 1 : 0,
    failed: outcome === 'failed' ? 1 : 0,
  }));
}

/** Nobody can ever report what no source stands for. */
export function endUndeclared(run: TestRun, declared: readonly string[]): TestRun {
  return run.suites
    .filter(({ source }) => source !== undefined && !declared.includes(source))
    .reduce(
      (ended, { taskId, name, source }) =>
        withSuite(ended, taskId, (suite) => ({
          ...suite,
          status: 'ended',
          outcome: 'errored',
          reason: 'source_undeclared',
          detail: `suite ${name}: EVENT_SOURCES declares no ${source}`,
        })),
      run,
    );
}

/** Of what was said while nobody here listened, the last is heard by then. */
const hearsWithinMs = 10_000;

/**
 * What has not been reported in time is not known.
 * @param hearsSince a silence that began earlier may be our own, not the source's; undefined: nothing is heard now
 */
export function endSilent(run: TestRun, now: Date, hearsSince: Date | undefined): TestRun {
  if (run.status === 'ended' || hearsSince === undefined) return run;
  const late = run.suites.filter((suite) => {
    const due = Date.parse(suite.dueAt ?? '');
    const wasHeard = hearsSince.getTime() <= due || now.getTime() >= hearsSince.getTime() + hearsWithinMs;
    return isAwaited(suite) && due <= now.getTime() && wasHeard;
  });
  return late.reduce(
    (ended, { taskId, name, source }) =>
      withSuite(ended, taskId, (suite) => ({
        ...suite,
        status: 'ended',
        outcome: 'errored',
        reason: 'source_silent',
        detail: `suite ${name}: ${source} has not reported it in time`,
      })),
    run,
  );
}

/** Who is awaited, until when, and what reports it. */
export function awaited(run: TestRun): Blocker[] {
  return run.suites.filter(isAwaited).map(({ name, source = '', dueAt }) => ({
    code: 'event_awaited',
    detail: `${source} has to report suite ${name}`,
    ...(dueAt && { liftsAt: dueAt }),
    who: source,
    command: `events report ${run.of.releaseId} --source ${source} --env ${run.environment} --suite ${name} --outcome success`,
  }));
}

function isAwaited({ source, status }: SuiteRun): boolean {
  return source !== undefined && status !== 'ended';
}
