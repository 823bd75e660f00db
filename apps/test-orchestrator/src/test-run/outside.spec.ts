import { describe, expect, it } from '@jest/globals';
import { awaited, endedOutside, endSilent, match } from './outside.js';
import type { OutsideReport } from './outside.js';
import { nextWakeUp } from './test-run.js';
import type { SuiteRun, TestRun } from './test-run.js';

const now = new Date('2026-11-26T10:00:00Z');
const inTenMinutes = '2026-11-26T10:10:00.000Z';

const aSuite = (name: string, more: Partial<SuiteRun> = {}): SuiteRun => ({
  name,
  taskId: `tsk_${name}`,
  isSmoke: false,
  source: 'argo',
  dueAt: inTenMinutes,
  status: 'queued',
  lastLines: [],
  passed: 0,
  failed: 0,
  skipped: 0,
  failures: [],
  ...more,
});
const aRun = (suites: SuiteRun[], more: Partial<TestRun> = {}): TestRun => ({
  id: 'trn_1',
  of: { releaseId: 'rel_1', stage: 'test-staging', attempt: 2, requestEventId: 'request' },
  application: 'shop',
  environment: 'staging',
  team: 'web',
  version: '1.0.0',
  status: 'running',
  suites,
  min: 1,
  startedAt: now.toISOString(),
  toldAt: now.toISOString(),
  ...more,
});
const aReport = (more: Partial<OutsideReport> = {}): OutsideReport => ({
  source: 'argo',
  requests: [],
  releaseId: 'rel_1',
  isTask: false,
  outcome: 'succeeded',
  at: now.toISOString(),
  ...more,
});

describe('a report from outside', () => {
  const one = { runId: 'trn_1', taskId: 'tsk_api' };

  it('is of the suite that waits for its source, by the request or the release', () => {
    const runs = [aRun([aSuite('api'), aSuite('load', { source: 'jenkins' }), aSuite('unit', { source: undefined })])];
    expect(match(aReport(), runs)).toEqual(one);
    expect(match(aReport({ requests: ['other', 'request'], releaseId: undefined }), runs)).toEqual(one);
  });

  it('names the suite where several wait for its source', () => {
    const runs = [aRun([aSuite('api'), aSuite('load')])];
    expect(match(aReport({ suite: 'api' }), runs)).toEqual(one);
    expect(match(aReport(), runs)).toMatchObject({ code: 'ambiguous' });
    expect(match(aReport({ suite: 'soak' }), runs)).toMatchObject({ code: 'suite_unknown' });
    const reported = [aRun([aSuite('api', { status: 'ended' }), aSuite('load')])];
    expect(match(aReport({ suite: 'api' }), reported)).toMatchObject({ code: 'attempt_over' });
  });

  it('decides no suite of another name, though only one waits', () => {
    const runs = [aRun([aSuite('api')])];
    const bogus = { code: 'suite_unknown', message: 'argo does api, not bogus' };
    expect(match(aReport({ suite: 'bogus' }), runs)).toEqual(bogus);
    expect(match(aReport({ suite: 'bogus', requests: ['request'] }), runs)).toEqual(bogus);
    expect(match(aReport({ suite: 'api' }), runs)).toEqual(one);
  });

  it('may be a task of any name that links to the request of the only suite', () => {
    const task = aReport({ isTask: true, suite: 'k6-run', requests: ['request'] });
    expect(match(task, [aRun([aSuite('api')])])).toEqual(one);
  });

  it('is a task among many: without a link it has to name the suite', () => {
    const runs = [aRun([aSuite('api')])];
    expect(match(aReport({ isTask: true }), runs)).toMatchObject({ code: 'unmatched' });
    expect(match(aReport({ isTask: true, suite: 'lint' }), runs)).toMatchObject({ code: 'suite_unknown' });
    expect(match(aReport({ isTask: true, suite: 'api' }), runs)).toEqual(one);
    expect(match(aReport({ isTask: true, requests: ['request'] }), runs)).toEqual(one);
  });

  it.each<[string, string, Partial<OutsideReport>, TestRun[]]>([
    ['of a release that waits for nothing', 'unmatched', {}, []],
    ['of no release', 'unmatched', { releaseId: undefined }, []],
    [
      'of a source that this stage does not name',
      'source_not_allowed',
      { source: 'jenkins', requests: ['request'] },
      [aRun([aSuite('api')])],
    ],
    ['of a source that nothing of the release waits for', 'unmatched', { source: 'jenkins' }, [aRun([aSuite('api')])]],
    ['of another environment', 'unmatched', { environment: 'production' }, [aRun([aSuite('api')])]],
    [
      'of what was done before this attempt began',
      'unmatched',
      { at: '2026-11-26T09:59:59Z' },
      [aRun([aSuite('api')])],
    ],
    [
      'of an attempt that has ended',
      'attempt_over',
      { requests: ['request'] },
      [aRun([aSuite('api')], { status: 'ended' })],
    ],
    [
      'that was made before',
      'attempt_over',
      { requests: ['request'] },
      [aRun([aSuite('api', { status: 'ended' }), aSuite('unit', { source: undefined })])],
    ],
  ])('%s is %s', (_what, code, more, runs) => {
    expect(match(aReport(more), runs)).toMatchObject({ code, message: expect.any(String) });
  });

  it('ends its suite once', () => {
    const run = aRun([aSuite('api'), aSuite('load')]);
    const failed = endedOutside(run, 'tsk_api', aReport({ outcome: 'failed', detail: '3 of 7' }));
    expect(failed.suites).toMatchObject([
      { status: 'ended', outcome: 'failed', detail: '3 of 7', passed: 0, failed: 1 },
      { status: 'queued' },
    ]);
    expect(endedOutside(failed, 'tsk_api', aReport())).toBe(failed);
  });
});

describe('a suite that nobody outside reports', () => {
  it('says whom it waits for, until when, and what reports just it', () => {
    expect(awaited(aRun([aSuite('api'), aSuite('unit', { source: undefined })]))).toEqual([
      {
        code: 'event_awaited',
        detail: 'argo has to report suite api',
        liftsAt: inTenMinutes,
        who: 'argo',
        command: 'events report rel_1 --source argo --env staging --suite api --outcome success',
      },
    ]);
  });

  it('is looked at when its time is over, and then errored', () => {
    const run = aRun([aSuite('api'), aSuite('unit', { source: undefined, dueAt: undefined })], {
      toldAt: inTenMinutes,
    });
    expect(nextWakeUp(run)).toEqual(new Date(inTenMinutes));
    expect(endSilent(run, now, now)).toBe(run);
    expect(endSilent(run, new Date(inTenMinutes), now).suites).toMatchObject([
      { status: 'ended', outcome: 'errored', reason: 'source_silent', detail: expect.stringContaining('argo') },
      { status: 'queued' },
    ]);
  });

  it('is not called silent by who was deaf when its time was over', () => {
    const run = aRun([aSuite('api')]);
    const afterwards = (seconds: number) => new Date(Date.parse(inTenMinutes) + seconds * 1_000);
    expect(endSilent(run, afterwards(60), undefined)).toBe(run);
    expect(endSilent(run, afterwards(60), afterwards(55))).toBe(run);
    expect(endSilent(run, afterwards(65), afterwards(55)).suites).toMatchObject([{ reason: 'source_silent' }]);
  });

  it('stays as it was reported', () => {
    const run = aRun([aSuite('api', { status: 'ended', outcome: 'succeeded' })]);
    expect(endSilent(run, new Date('2026-11-27T10:00:00Z'), now)).toBe(run);
  });
});
