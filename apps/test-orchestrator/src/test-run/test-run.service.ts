import type { TestReport } from '@signalbox/chassis';
import { draft, stageStarted, testSuiteRunStarted, topics } from '@signalbox/domain';
import type { Decision, EventOf, ReceivedEvent, StageAttempt, StageRequest, taskProgressed } from '@signalbox/domain';
import type { Versioned } from '@signalbox/persistence';
import { aboutRun, answered, begin, cancel, heard, reported, suiteContent, testRunId, withSuite } from './test-run.js';
import type { TaskAnswer, TestRun } from './test-run.js';
import type { TestRunStore } from './test-run.store.js';
import type { MissedReportStore } from './missed-report.store.js';
import { awaited, endedOutside, endUndeclared, match, reportOf } from './outside.js';
import type { Miss, OutsideReport, ReportedContent } from './outside.js';
import { conclude, look, moved } from './verdict.js';

/** What there is to know of those who report from outside. */
export interface Outside {
  /** Names of the declared sources. */
  readonly sources: readonly string[];
  /** Since when everything is heard; undefined: not now. */
  hearsSince(): Date | undefined;
}

/** Runs of suites: asked for by planning, done by runners, judged here. */
export class TestRunService {
  constructor(
    private readonly runs: TestRunStore,
    private readonly misses: MissedReportStore,
    private readonly outside: Outside,
  ) {}

  get(id: string): Promise<Versioned<TestRun>> {
    return this.runs.get(id);
  }

  async request(request: StageRequest, requestEventId: string, now: Date): Promise<void> {
    const { releaseId, stage, attempt } = request;
    const of: StageAttempt = { releaseId, stage, attempt, requestEventId };
    const begun = begin(request, of, now);
    const { next, events } = conclude(begun.next, endUndeclared(begun.next, this.outside.sources), now);
    const awaits = awaited(next).length > 0;
    const told = awaits ? [moved(next)] : [];
    await this.runs.createOnce(next, [stageStarted(topics.test, of), ...begun.events, ...events, ...told]);
    if (awaits) await this.takeEarly(of);
  }

  /** Topics have no mutual order: what was reported of this request may have been read before it. */
  private async takeEarly(of: StageAttempt): Promise<void> {
    for (const { seq, report } of await this.misses.early(of)) {
      if ((await this.end(report)) === undefined) await this.misses.forget(seq);
    }
  }

  async cancel(releaseId: string, stage: string, attempt: number, reason: string): Promise<void> {
    const id = testRunId({ releaseId, stage, attempt });
    if (!(await this.runs.find(id))) return;
    await this.runs.change(id, (run, now) => {
      const stopped = cancel(run, reason);
      const ended = conclude(run, stopped.next, now);
      return { next: ended.next, events: [...stopped.events, ...ended.events] };
    });
  }

  /** A task waits for a runner, or one has begun it. */
  progressed({ taskId, state, noRunner, detail }: EventOf<typeof taskProgressed>['content']): Promise<void> {
    return this.ofTask(taskId, (before, now) => {
      const run = heard(before, taskId, now);
      const suite = run.suites.find((candidate) => candidate.taskId === taskId);
      if (state === 'waiting_for_runner') {
        // While all are busy it is its turn that it waits for, and nobody can do anything about that.
        const { waiting: _none, ...free } = run;
        const next = noRunner ? { ...run, waiting: detail ?? 'waits for a runner' } : free;
        return { next, events: [moved(next)] };
      }
      if (!suite || suite.status !== 'queued') return { next: run, events: [] };
      const { waiting: _, ...rest } = run;
      const next = withSuite(rest, taskId, (own) => ({ ...own, status: 'running' }));
      const started = draft(testSuiteRunStarted, {
        subject: taskId,
        chainId: run.of.releaseId,
        content: suiteContent(run, suite),
        customData: aboutRun(run),
      });
      return { next, events: [started, moved(next)] };
    });
  }

  answered(answer: TaskAnswer): Promise<void> {
    return this.ofTask(answer.taskId, (run, now) =>
      conclude(run, heard(answered(run, answer), answer.taskId, now), now),
    );
  }

  async reported(id: string, taskId: string, report: TestReport | { problem: string }): Promise<void> {
    await this.runs.change(id, (run, now) => conclude(run, reported(run, taskId, report), now));
  }

  /** Ends the suite that a tool outside has done; what is of no suite is kept for an operator to see. */
  async reportedOutside(event: ReceivedEvent<ReportedContent>): Promise<void> {
    const report = reportOf(event);
    let miss = await this.end(report);
    if (miss?.code === 'unmatched') {
      await this.misses.takeTurns();
      miss = await this.end(report);
    }
    if (miss) await this.misses.note(event, report, miss);
  }

  private async end(report: OutsideReport): Promise<Miss | undefined> {
    const found = match(report, await this.runs.meantBy(report));
    if ('code' in found) return found;
    await this.runs.change(found.runId, (run, now) => conclude(run, endedOutside(run, found.taskId, report), now));
    return undefined;
  }

  reading(): Promise<string[]> {
    return this.runs.reading();
  }

  async look(id: string): Promise<void> {
    await this.runs.change(id, (run, now) => look(run, now, this.outside.hearsSince()));
  }

  /** Tasks of others, and of runs that are over, change nothing. */
  private async ofTask(taskId: string, decide: (run: TestRun, now: Date) => Decision<TestRun>): Promise<void> {
    const id = await this.runs.ofTask(taskId);
    if (id !== undefined) await this.runs.change(id, decide);
  }
}
