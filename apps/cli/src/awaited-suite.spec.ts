import { describe, expect, it } from '@jest/globals';
import { awaitedSuite, doneAt } from './awaited-suite.js';
import type { Asked } from './awaited-suite.js';
import type { ReleaseBody, StageBody } from './release.js';

const awaiting = (environment: string, suites: string[], more: Partial<StageBody> = {}): StageBody => ({
  key: `test-${environment}`,
  kind: 'test',
  environment,
  status: 'running',
  attempt: 1,
  blockers: suites.map((suite) => ({
    code: 'event_awaited',
    detail: `argo has to report suite ${suite}`,
    who: 'argo',
  })),
  ...more,
});
const aRelease = (...stages: StageBody[]): ReleaseBody => ({
  id: 'rel_1',
  application: 'shop',
  version: '1.1.0',
  status: 'running',
  commit: '3f9a1c2',
  summary: '',
  notes: '',
  planHash: 'h',
  approvals: [],
  stages,
  createdAt: '2026-11-27T10:00:00Z',
});

describe('the suite that a source reports', () => {
  it.each<[string, ReleaseBody, Partial<Asked>, string]>([
    ['the only one', aRelease(awaiting('staging', ['load'])), {}, 'staging load'],
    [
      'of the stage that waits, not of one that runs',
      aRelease(awaiting('eu', []), awaiting('us', ['load'])),
      {},
      'us load',
    ],
    ['of the environment', aRelease(awaiting('eu', ['load']), awaiting('us', ['load'])), { env: 'us' }, 'us load'],
    ['of the name', aRelease(awaiting('eu', ['load', 'soak'])), { suite: 'soak' }, 'eu soak'],
    [
      'of the name, where another waits elsewhere',
      aRelease(awaiting('eu', ['load']), awaiting('us', ['soak'])),
      { suite: 'soak' },
      'us soak',
    ],
  ])('is %s', (_what, release, more, found) => {
    const { stage, suite } = awaitedSuite(release, { source: 'argo', ...more });
    expect(`${stage.environment} ${suite}`).toBe(found);
  });

  it.each<[string, Asked, string]>([
    ['of that source', { source: 'other' }, 'no suite of shop@1.1.0 waits for other'],
    ['in that environment', { source: 'argo', env: 'us' }, 'no suite of shop@1.1.0 waits for argo in us'],
    ['of that name', { source: 'argo', suite: 'soak' }, 'no suite soak of shop@1.1.0 waits for argo'],
  ])('is told not to be there: none %s', (_what, asked, message) => {
    const release = aRelease(awaiting('eu', ['load']), awaiting('us', ['load'], { status: 'succeeded' }));
    expect(() => awaitedSuite(release, asked)).toThrow(
      expect.objectContaining({
        exitCode: 1,
        message,
        details: { lines: ['  eu: argo has to report suite load'], fix: 'release why shop@1.1.0' },
      }),
    );
  });

  it('was done no earlier than its stage began, whatever the clock here says', () => {
    const stage = awaiting('eu', ['load'], { startedAt: '2026-11-27T10:00:00.000Z' });
    expect(doneAt(stage, new Date('2026-11-27T09:59:00Z'))).toBe('2026-11-27T10:00:00.000Z');
    expect(doneAt(stage, new Date('2026-11-27T10:01:00Z'))).toBe('2026-11-27T10:01:00.000Z');
    expect(doneAt(awaiting('eu', []), new Date('2026-11-27T10:01:00Z'))).toBe('2026-11-27T10:01:00.000Z');
  });

  it('is to be named where there are several', () => {
    const refusal = (...stages: StageBody[]) => {
      try {
        return awaitedSuite(aRelease(...stages), { source: 'argo' });
      } catch (error) {
        return error;
      }
    };
    expect(refusal(awaiting('eu', ['load']), awaiting('us', ['load']))).toMatchObject({
      exitCode: 2,
      message: 'suites of shop@1.1.0 wait for argo in eu, us',
      details: { fix: '--env eu, or another of them' },
    });
    expect(refusal(awaiting('eu', ['load', 'soak']))).toMatchObject({
      exitCode: 2,
      message: 'argo has to report load, soak in eu',
      details: { fix: '--suite load, or another of them' },
    });
  });
});
