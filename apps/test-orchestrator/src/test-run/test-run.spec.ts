import { describe, expect, it } from '@jest/globals';
import {
  effective,
  gateEvaluated,
  manifest,
  stageProgressed,
  taskCancelled,
  taskRequested,
  taskrunFinished,
  testCaseRunFinished,
  testSuiteRunFinished,
  testSuiteRunQueued,
} from '@signalbox/domain';
import type { StageRequest, StageResult } from '@signalbox/domain';
import { given } from '@signalbox/testing';
import { answered, begin, cancel, heard, nextWakeUp, reported } from './test-run.js';
import type { TaskAnswer, TestRun } from './test-run.js';
import { conclude, look } from './verdict.js';

const now = new Date('2026-11-23T10:00:00Z');
const running = {
  releaseId: 'rel_1',
  version: '1.1.0',
  digest: `sha256:${'a'.repeat(64)}`,
  purl: 'pkg:generic/shop@1.1.0',
  deploymentId: 'dep_1',
  slotVersion: 7,
};

function request(suites: object[], min = 1): StageRequest {
  const definition = effective(
    manifest.parse({
      apiVersion: 'signalbox/v1',
      name: 'shop',
      runtime: { command: ['node', 'server.js'], healthCheckPath: '/healthz' },
      environments: { staging: { suites } },
      policies: [{ name: 'tests-passed', min }],
    }),
  );
  return {
    releaseId: 'rel_1',
    application: 'shop',
    team: 'shop',
    version: '1.1.0',
    stage: 'test-staging',
    kind: 'test',
    environment: 'staging',
    attempt: 1,
    commit: 'c0ffee',
    repository: { location: '/shop', path: '.' },
    definition,
    target: { url: 'http://localhost:4701', metricsUrl: 'http://localhost:4610', current: running },
    startBy: now.toISOString(),
    silentAfter: 'PT60S',
  };
}

const of = { releaseId: 'rel_1', stage: 'test-staging', attempt: 1, requestEventId: 'e1' };
const api = { name: 'api', run: ['npm', 'test'], junit: 'out/*.xml' };
const plain = { name: 'plain', run: ['./check'] };

function begun(suites: object[], min?: number): TestRun {
  return begin(request(suites, min), of, now).next;
}

function answer(run: TestRun, index: number, more: Partial<TaskAnswer> = {}): TaskAnswer {
  return { taskId: run.suites[index]?.taskId ?? '', outcome: 'succeeded', lastLines: ['last line'], ...more };
}

/** The run's single answer to planning. */
function resultOf(events: readonly { type: string; customData?: object }[]): StageResult | undefined {
  return events.find((event) => event.type === taskrunFinished.type)?.customData as StageResult | undefined;
}

describe('a test run', () => {
  it('asks for every suite at once, against exactly the live version', () => {
    const outcome = given(request([api, plain])).when((asked) => begin(asked, of, now));
    outcome.thenEvents(testSuiteRunQueued, taskRequested, testSuiteRunQueued, taskRequested);
    expect(outcome.events[1]?.content).toMatchObject({
      suite: { name: 'api', run: ['npm', 'test'], junit: 'out/*.xml' },
      target: { url: 'http://localhost:4701', healthCheckPath: '/healthz', version: '1.1.0', slotVersion: 7 },
    });
  });

  it('has the built-in smoke suite where none is declared', () => {
    const run = begin(
      {
        ...request([]),
        definition: effective(
          manifest.parse({ apiVersion: 'signalbox/v1', name: 'shop', runtime: { command: ['x'] } }),
        ),
      },
      of,
      now,
    ).next;
    expect(run.suites).toMatchObject([{ name: 'smoke', isSmoke: true }]);
  });

  it('waits for its last suite, then answers once', () => {
    const run = begun([plain, { ...plain, name: 'other' }]);
    const half = conclude(run, answered(run, answer(run, 0)), now);
    given(run)
      .when(() => half)
      .thenEvents(testSuiteRunFinished);
    given(half.next)
      .when((open) => conclude(open, answered(open, answer(open, 1)), now))
      .thenEvents(testSuiteRunFinished, gateEvaluated, taskrunFinished)
      .thenState({ status: 'ended', outcome: 'succeeded' });
  });

  it('reads a report before it judges, and names failing cases with message and place', () => {
    const run = begun([api]);
    const reading = answered(run, answer(run, 0, { outcome: 'failed', reportDigest: 'sha256:1' }));
    given(run)
      .when((before) => conclude(before, reading, now))
      .thenNoEvents()
      .thenState({ status: 'running' });
    const report = {
      passed: 40,
      failed: 2,
      skipped: 1,
      cases: [
        { name: 'cart adds item', status: 'failed' as const, message: 'expected 2, got 1', place: 'cart.js:31' },
        { name: 'cart empties', status: 'failed' as const },
      ],
    };
    const outcome = given(reading).when((before) =>
      conclude(before, reported(before, before.suites[0]?.taskId ?? '', report), now),
    );
    outcome.thenEvents(testSuiteRunFinished, testCaseRunFinished, testCaseRunFinished, gateEvaluated, taskrunFinished);
    expect(resultOf(outcome.events)).toMatchObject({
      outcome: 'failed',
      reason: 'tests_failed',
      detail: '2 of 42',
      outputs: {
        tests: {
          passed: 40,
          failed: 2,
          skipped: 1,
          failures: [
            { name: 'cart adds item', message: 'expected 2, got 1', place: 'cart.js:31' },
            { message: 'failed' },
          ],
        },
      },
    });
  });

  it('passes with a share of failing cases that the policy allows', () => {
    const run = begun([api], 0.9);
    const reading = answered(run, answer(run, 0, { outcome: 'failed', reportDigest: 'sha256:1' }));
    const report = { passed: 95, failed: 5, skipped: 0, cases: [{ name: 'one', status: 'failed' as const }] };
    given(reading)
      .when((before) => conclude(before, reported(before, before.suites[0]?.taskId ?? '', report), now))
      .thenState({ outcome: 'succeeded' });
  });

  it.each([
    ['declared but not written', {}, undefined, 'suite api declares out/*.xml but wrote none'],
    [
      'of no use',
      { reportDigest: 'sha256:1' },
      { problem: 'the test report is not XML' },
      'suite api: the test report is not XML',
    ],
    [
      'without a test',
      { reportDigest: 'sha256:1' },
      { passed: 0, failed: 0, skipped: 2, cases: [] },
      'suite api declares out/*.xml but no test ran',
    ],
  ])('fails with a report that is %s', (_what, told, report, detail) => {
    const run = begun([api]);
    const heard = answered(run, answer(run, 0, told));
    const ended =
      report === undefined
        ? conclude(run, heard, now)
        : conclude(heard, reported(heard, heard.suites[0]?.taskId ?? '', report), now);
    expect(resultOf(ended.events)).toMatchObject({ outcome: 'failed', detail });
  });

  it('is errored when a suite could not find out, whatever the others say', () => {
    const run = begun([plain, { ...plain, name: 'other' }]);
    const half = conclude(run, answered(run, answer(run, 0, { outcome: 'failed' })), now).next;
    const wrong = answer(half, 1, {
      outcome: 'errored',
      reason: 'wrong_version',
      detail: 'http://localhost:4701 serves 1.0.0@6, not 1.1.0@7',
    });
    const ended = conclude(half, answered(half, wrong), now);
    expect(resultOf(ended.events)).toMatchObject({ outcome: 'errored', reason: 'wrong_version' });
  });

  const oneFails = { passed: 99, failed: 1, skipped: 0, cases: [{ name: 'one', status: 'failed' as const }] };
  it.each([
    ['that could not find out', 'errored' as const, 1, 'lease_expired', 'runner r1 was not heard of'],
    ['that broke where enough cases pass', 'failed' as const, 0.9, 'tests_failed', 'exit code 3'],
  ])('says why of the suite %s, not of the cases of another', (_what, outcome, min, reason, detail) => {
    const run = begun([api, plain], min);
    const reading = answered(run, answer(run, 0, { outcome: 'failed', reportDigest: 'sha256:1' }));
    const half = conclude(run, reported(reading, reading.suites[0]?.taskId ?? '', oneFails), now).next;
    const broken = answer(half, 1, { outcome, detail, ...(outcome === 'errored' && { reason }) });
    const ended = conclude(half, answered(half, broken), now);
    expect(resultOf(ended.events)).toMatchObject({ outcome, reason, detail, outputs: { lastLines: ['last line'] } });
    expect(ended.next.detail).toBe(detail);
  });

  it('says how many cases failed where those decide, whatever another suite says', () => {
    const run = begun([api, plain]);
    const reading = answered(run, answer(run, 0, { outcome: 'failed', reportDigest: 'sha256:1' }));
    const half = conclude(run, reported(reading, reading.suites[0]?.taskId ?? '', oneFails), now).next;
    const ended = conclude(half, answered(half, answer(half, 1, { outcome: 'failed', detail: 'exit code 3' })), now);
    const result = resultOf(ended.events);
    expect(result).toMatchObject({ outcome: 'failed', reason: 'tests_failed', detail: '2 of 101' });
    expect(result?.outputs?.lastLines).toBeUndefined();
  });

  it('ends as cancelled at once, and tells its tasks', () => {
    const run = begun([plain]);
    const stopped = cancel(run, 'changed my mind');
    given(run)
      .when(() => stopped)
      .thenEvents(taskCancelled);
    given(run)
      .when((before) => conclude(before, stopped.next, now))
      .thenEvents(testSuiteRunFinished, taskrunFinished)
      .thenState({ status: 'ended', outcome: 'cancelled' });
  });

  it('takes no notice of what comes after its end', () => {
    const run = begun([plain]);
    const { next } = conclude(run, answered(run, answer(run, 0)), now);
    given(next)
      .when((ended) => conclude(ended, answered(ended, answer(ended, 0, { outcome: 'failed' })), now))
      .thenNoEvents();
  });

  it('shows a sign of life every 15 seconds while it runs, and none afterwards', () => {
    const run = begun([plain]);
    const later = new Date(now.getTime() + 15_000);
    expect(nextWakeUp(run)).toEqual(later);
    given(run)
      .when((state) => look(state, later, now))
      .thenEvents(stageProgressed);
    given(run)
      .when((state) => look(state, now, now))
      .thenNoEvents();
    expect(nextWakeUp({ ...run, status: 'ended' })).toBeUndefined();
  });

  it('gives none for a suite of which nothing is heard, so that planning stops waiting', () => {
    const run = begun([plain, api]);
    const at = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
    const isAlive = (state: TestRun, seconds: number, { since = now, isDeaf = false } = {}) =>
      look(state, at(seconds), isDeaf ? undefined : since).events.length > 0;
    expect([59, 60].map((seconds) => isAlive(run, seconds))).toEqual([true, false]);
    expect(isAlive(run, 100, { since: at(50) })).toBe(true);
    expect(isAlive(run, 1_000, { isDeaf: true })).toBe(true);
    const tasks = run.suites.map(({ taskId }) => taskId);
    const talking = tasks.reduce((state, taskId) => heard(state, taskId, at(50)), run);
    expect([109, 110].map((seconds) => isAlive(talking, seconds))).toEqual([true, false]);
    expect(isAlive(heard(run, tasks[0] ?? '', at(50)), 70)).toBe(false);
    const reading = { ...run, suites: run.suites.map((suite) => ({ ...suite, status: 'reading' as const })) };
    expect([299, 300].map((seconds) => isAlive(reading, seconds))).toEqual([true, false]);
    const ended = { ...run, suites: run.suites.map((suite) => ({ ...suite, source: 'argo' })) };
    expect(isAlive(ended, 3_000)).toBe(true);
  });
});
