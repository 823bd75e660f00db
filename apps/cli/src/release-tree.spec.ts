import { describe, expect, it } from '@jest/globals';
import { rollbacksWith } from './release.js';
import type { ReleaseBody, StageBody } from './release.js';
import { releaseTree } from './release-tree.js';

const now = new Date('2026-11-23T10:01:40Z');
const at = (seconds: number) => new Date(Date.parse('2026-11-23T10:00:00Z') + seconds * 1_000).toISOString();

const aStage = (key: string, more: Partial<StageBody> = {}): StageBody => {
  const [kind = '', environment] = key.split('-');
  return { key, kind, ...(environment && { environment }), status: 'pending', attempt: 1, blockers: [], ...more };
};
const done = (key: string, from: number, to: number, more: Partial<StageBody> = {}) =>
  aStage(key, { status: 'succeeded', startedAt: at(from), endedAt: at(to), ...more });

const aRelease = (more: Partial<ReleaseBody>): ReleaseBody => ({
  id: 'rel_1',
  application: 'shop',
  version: '0.11.0',
  status: 'running',
  commit: '3f9a1c2',
  summary: '',
  notes: '',
  planHash: 'h',
  approvals: [],
  stages: [],
  createdAt: at(0),
  startedAt: at(0),
  ...more,
});

describe('the tree of a release', () => {
  it('names one that was never planned by its id', () => {
    const refused = aRelease({ version: '', status: 'errored', stages: [], endedAt: at(2) });
    expect(releaseTree(refused, now)[0]).toBe('shop rel_1 errored 2s');
  });

  it('shows what programs printed without what steers a terminal', () => {
    const build = done('build', 0, 2, {
      status: 'failed',
      outputs: { lastLines: ['\u001b[31mred\u001b[0m\r', 'bell\u0007\tend'] },
    });
    const failed = aRelease({ status: 'failed', stages: [build], cause: { code: 'c', detail: 'd', stage: 'build' } });
    expect(releaseTree(failed, now).slice(-2)).toEqual(['  red', '  bell\tend']);
  });

  it('has a line for each stage that has begun, and one for the rest', () => {
    const tests = { passed: 42, failed: 0, skipped: 0, failures: [] };
    const release = aRelease({
      approvals: [{ team: 'leads', required: 1, granted: 1 }],
      stages: [
        done('build', 0, 9),
        done('deploy-staging', 9, 11),
        done('test-staging', 11, 15, { outputs: { tests } }),
        aStage('approve', { status: 'succeeded' }),
        aStage('deploy-production', {
          status: 'running',
          startedAt: at(52),
          summary: '50 %, 212 of 376 requests, 0 failed',
        }),
        aStage('monitor-production'),
        aStage('feedback'),
      ],
    });
    expect(releaseTree(release, now)).toEqual([
      'shop@0.11.0 running 1m40s',
      '├ build succeeded 9s',
      '├ deploy staging succeeded 2s',
      '├ test staging succeeded 4s 42 passed',
      '├ approve succeeded 1 of 1',
      '├ deploy production running 48s 50 %, 212 of 376 requests, 0 failed',
      '└ monitor production, feedback pending',
    ]);
  });

  it('says what a stage waits for', () => {
    const blockers = [
      { code: 'held', detail: '"incident review"' },
      { code: 'quarantined', detail: 'shop@0.11.0: rolled back' },
    ];
    const stages = [aStage('deploy-production', { status: 'blocked', blockers })];
    expect(releaseTree(aRelease({ stages }), now)[1]).toBe(
      '└ deploy production blocked held: "incident review"; quarantined: shop@0.11.0: rolled back',
    );
  });

  it('says why it failed: the cause, failing cases with their place, the last lines', () => {
    const failures = [
      { name: 'cart adds item', message: 'expected 2, got 1', place: 'cart.js:31' },
      { name: 'cart is there', message: 'timed out' },
    ];
    const outputs = { tests: { passed: 40, failed: 2, skipped: 0, failures }, lastLines: ['the end'] };
    const release = aRelease({
      status: 'failed',
      endedAt: at(20),
      cause: { code: 'tests_failed', detail: '2 of 42', stage: 'test-staging' },
      stages: [
        done('build', 0, 9),
        done('test-staging', 11, 15, { status: 'failed', detail: '2 of 42', outputs }),
        aStage('deploy-production'),
      ],
    });
    expect(releaseTree(release, now)).toEqual([
      'shop@0.11.0 failed 20s',
      '├ build succeeded 9s',
      '├ test staging failed 4s 2 of 42',
      '└ deploy production not begun',
      'failed at test staging: 2 of 42',
      '  cart adds item: expected 2, got 1 cart.js:31',
      '  cart is there: timed out',
      '  the end',
    ]);
  });

  it('says what a watch has found that was only to alert', () => {
    const alert = { reason: 'watch_failed', detail: 'alert: watch FAILED: 9 of 40 requests' };
    const stages = [done('build', 0, 9), done('monitor-production', 9, 12, alert), done('feedback', 12, 13)];
    expect(releaseTree(aRelease({ status: 'completed', endedAt: at(13), stages }), now)).toEqual([
      'shop@0.11.0 completed 13s',
      '├ build succeeded 9s',
      '├ monitor production succeeded 3s alert: watch FAILED: 9 of 40 requests',
      '└ feedback succeeded 1s',
    ]);
  });

  it('says where a rollback has led', () => {
    const release = aRelease({
      status: 'rolled_back',
      endedAt: at(60),
      cause: { code: 'analysis_failed', detail: '8 of 41 failed' },
      rollback: { environment: 'production', targetVersion: '0.10.0', durationMs: 640, outcome: 'succeeded' },
    });
    expect(releaseTree(release, now)).toEqual([
      'shop@0.11.0 rolled_back 1m',
      'production 0.11.0 → 0.10.0 in 0.6s; 0.11.0 quarantined for production',
      'rolled_back: 8 of 41 failed',
    ]);
    const rollback = { environment: 'production', targetVersion: '0.9.0', skipped: ['0.10.0'], outcome: 'succeeded' };
    expect(releaseTree({ ...release, rollback }, now).slice(1, 3)).toEqual([
      'production 0.11.0 → 0.9.0; 0.11.0 quarantined for production',
      '0.10.0 skipped: quarantined',
    ]);
  });

  it('says of each environment of a phase where it has led, and where nothing was done', () => {
    const release = aRelease({
      status: 'failed',
      endedAt: at(60),
      rollback: { environment: 'eu', attempt: 1, targetVersion: '0.10.0', outcome: 'succeeded' },
      rollbacksBeside: [
        { environment: 'us', attempt: 1, targetVersion: '0.10.0', outcome: 'failed', detail: 'host away' },
        { environment: 'asia', attempt: 2, targetVersion: '0.10.0' },
      ],
      notTakenBack: [{ environment: 'africa', detail: 'nothing to go back to', command: 'release create' }],
    });
    expect(releaseTree(release, now).slice(1)).toEqual([
      'eu 0.11.0 → 0.10.0; 0.11.0 quarantined for eu',
      'us is not rolled back (host away): rollback shop --env us --reason R',
      'africa still runs 0.11.0 (nothing to go back to): release create',
    ]);
    const inEu = rollbacksWith(release, 'eu').map(({ environment }) => environment);
    expect([inEu, rollbacksWith(release, 'asia')]).toEqual([
      ['eu', 'us'],
      [expect.objectContaining({ environment: 'asia' })],
    ]);
  });

  it('says why a tag was not pushed, and what each approval was given', () => {
    const approve = (key: string, granted: number) =>
      aStage(key, { status: 'succeeded', approvals: [{ team: 'leads', required: 2, granted }] });
    const release = aRelease({
      status: 'completed',
      stages: [approve('approve-first', 2), approve('approve-rest', 3)],
      tag: { name: 'v0.11.0', done: true, error: 'pre-receive hook declined' },
    });
    expect(releaseTree(release, now).slice(1)).toEqual([
      '├ approve first succeeded 2 of 2',
      '└ approve rest succeeded 3 of 2',
      'tag v0.11.0 not pushed: pre-receive hook declined',
    ]);
  });

  it('never shows a time below zero', () => {
    expect(releaseTree(aRelease({ startedAt: at(101) }), now)).toEqual(['shop@0.11.0 running 0s']);
  });
});
