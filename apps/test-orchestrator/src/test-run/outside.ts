import { cdOutcome, outcomes, sourceOfTopic } from '@signalbox/domain';
import type { Blocker, Outcome, ReceivedEvent } from '@signalbox/domain';
import { withSuite } from './test-run.js';
import type { SuiteRun, TestRun } from './test-run.js';

/** What a tool outside says of a suite that it has done. */
export interface OutsideReport {
  /** The event source that says it. */
  source: string;
  /** Event ids that it links to; one of them may be a stage request, which names the attempt. */
  requests: readonly string[];
  releaseId: string | undefined;
  /** The name of the suite, where a stage awaits several of one source. */
  suite: string | undefined;
  outcome: Outcome;
  detail: string | undefined;
}

export interface ReportedContent {
  outcome?: string | undefined;
  reason?: string | undefined;
  errors?: string | undefined;
  testSuite?: { name?: string | undefined } | undefined;
}

/** Read from a `testsuiterun.finished` or a `taskrun.finished` of a source outside. */
export function reportOf({ topic, links, chainId, content }: ReceivedEvent<ReportedContent>): OutsideReport {
  const outcome = outcomes.find((each) => cdOutcome[each] === content.outcome);
  const unknown = `the outcome ${content.outcome ?? ''} is none of ${Object.values(cdOutcome).join(', ')}`;
  return {
    source: sourceOfTopic(topic) ?? '',
    requests: links.map((link) => (link.linkType === 'RELATION' ? link.target : link.from).contextId),
    releaseId: chainId,
    suite: content.testSuite?.name,
    outcome: outcome ?? 'errored',
    detail: outcome === undefined ? unknown : (content.reason ?? content.errors),
  };
}

/** Why a report is of no suite that waits. */
export interface Miss {
  code: 'unmatched' | 'ambiguous' | 'attempt_over' | 'source_not_allowed';
  message: string;
}

/** By the request that it links to, else by its release if exactly one suite of that waits for this source. */
export function match(report: OutsideReport, runs: readonly TestRun[]): { runId: string; taskId: string } | Miss {
  const linked = runs.filter((run) => report.requests.includes(run.of.requestEventId));
  const [run] = linked;
  if (run?.status === 'ended') return { code: 'attempt_over', message: `${run.id} has ended` };
  const open = (run ? [run] : runs).flatMap((each) =>
    each.suites.filter((suite) => isMeant(suite, report)).map((suite) => ({ runId: each.id, taskId: suite.taskId })),
  );
  const [found, another] = open;
  if (found && !another) return found;
  if (found) return { code: 'ambiguous', message: `${open.length} suites wait for ${report.source}: name one` };
  if (run?.suites.some(({ source }) => source === report.source))
    return { code: 'attempt_over', message: `what ${run.id} awaited of ${report.source} has been reported` };
  if (run) return { code: 'source_not_allowed', message: `${run.id} awaits nothing of ${report.source}` };
  const what = report.releaseId === undefined ? 'no release is named' : `nothing of ${report.releaseId} waits for it`;
  return { code: 'unmatched', message: `no link to a stage request of ours, and ${what}` };
}

function isMeant({ source, status, name }: SuiteRun, report: OutsideReport): boolean {
  return source === report.source && status !== 'ended' && (report.suite === undefined || report.suite === name);
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

/** What has not been reported in time is not known. */
export function endSilent(run: TestRun, now: Date): TestRun {
  const late = run.suites.filter((suite) => isAwaited(suite) && Date.parse(suite.dueAt ?? '') <= now.getTime());
  if (run.status === 'ended' || late.length === 0) return run;
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
    command: `events report ${run.of.releaseId} --source ${source} --suite ${name} --outcome success`,
  }));
}

function isAwaited({ source, status }: SuiteRun): boolean {
  return source !== undefined && status !== 'ended';
}
