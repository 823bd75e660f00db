import { describe, expect, it } from '@jest/globals';
import { aDefinition, anAnswer, aPlanned, aWorld, running } from '../../testing/releases.js';
import { stageAnswered } from './answer.js';
import type { Release } from './release.js';
import { endOf } from './release-end.js';
import { summaryOf } from './release-summary.js';

/** Completed, though its watch has said that of it. */
function completedAfter(outcome: 'succeeded' | 'failed', detail: string): Release {
  const definition = aDefinition({ environments: { production: { watch: { onFailure: 'alert' } } } });
  const watched = running('monitor-production', aPlanned(definition));
  const answer = anAnswer(watched, 'monitor-production', { outcome, detail });
  const { next } = stageAnswered(watched, answer, aWorld());
  return stageAnswered(next, anAnswer(next, 'feedback'), aWorld()).next;
}

describe('what became of a completed release', () => {
  it('names the watch that has alerted, and how to take it back', () => {
    const release = completedAfter('failed', 'watch FAILED: 3 %');
    const alert = 'monitor-production: alert: watch FAILED: 3 %';
    expect(endOf(release, [])).toEqual({
      status: 'completed',
      cause: alert,
      did: 'released',
      next: 'fix it and release create; or, while it is live, rollback shop --env production --reason R',
    });
    expect(summaryOf(release)).toMatchObject({ status: 'completed', alert });
  });

  it('is quarantined, too, where another version brought its artifact there', () => {
    const release = completedAfter('succeeded', '400 requests, 0 failed');
    const digest = release.stages['build']?.outputs?.artifact?.digest ?? '';
    const entry = { quarantineId: 'q', application: 'shop', version: '0.9.0', reason: 'R', removed: false };
    const { did } = endOf(release, [{ ...entry, digest, environment: 'production' }]);
    expect(did).toBe('released; quarantined for production');
    expect(endOf(release, [{ ...entry, digest: 'sha256:other' }]).did).toBe('released');
  });

  it('names each environment that it is quarantined for, with what allows it there', () => {
    const release = completedAfter('succeeded', '400 requests, 0 failed');
    const entry = {
      quarantineId: 'q',
      application: 'shop',
      version: '1.0.0',
      digest: 'd',
      reason: 'R',
      removed: false,
    };
    const inEach = ['eu', 'us', 'eu'].map((environment) => ({ ...entry, environment }));
    expect(endOf(release, inEach)).toMatchObject({
      did: 'released; quarantined for eu, us',
      next: 'fix it and release create; or release allow shop@1.0.0 --env eu --reason R, release allow shop@1.0.0 --env us --reason R',
    });
    expect(endOf(release, [entry])).toMatchObject({
      did: 'released; quarantined for every environment',
      next: 'fix it and release create; or release allow shop@1.0.0 --env ENV --reason R',
    });
  });

  it('is that every stage succeeded, where nothing was found', () => {
    const release = completedAfter('succeeded', '400 requests, 0 failed');
    expect(endOf(release, [])).toMatchObject({ status: 'completed', cause: 'every stage succeeded' });
    expect(summaryOf(release)).not.toHaveProperty('alert');
  });
});

describe('what became of a cancelled release', () => {
  it('names where users still have it, and how to take it back', () => {
    const watched = running('monitor-production');
    const cancelled: Release = { ...watched, status: 'cancelled', cause: { code: 'cancelled', detail: 'R' } };
    expect(endOf(cancelled, [], ['staging', 'production']).did).toBe(
      'cancelled; production runs 1.0.0, unwatched: rollback shop --env production --reason R',
    );
    expect(endOf(cancelled, []).did).toBe('cancelled');
    const monitor = { ...watched.stages['monitor-production']!, status: 'succeeded' as const };
    const passed: Release = { ...cancelled, stages: { ...watched.stages, 'monitor-production': monitor } };
    expect(endOf(passed, [], ['production']).did).toBe(
      'cancelled; production runs 1.0.0: rollback shop --env production --reason R',
    );
  });
});
