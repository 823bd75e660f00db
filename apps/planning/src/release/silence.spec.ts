import { describe, expect, it } from '@jest/globals';
import { later, running, until } from '../../testing/releases.js';
import type { Release } from './release.js';
import { silenceBlocker } from './silence.js';

const blockerOf = (release: Release, key: string, seconds: number, hearsSince: Date | undefined = later(0)) => {
  const stage = release.stages[key];
  return stage && silenceBlocker(release, stage, { now: later(seconds), hearsSince });
};

describe('a stage that its service has not taken up', () => {
  it('says after ten seconds who is silent, what to do, and until when it waits', () => {
    expect(blockerOf(until('deploy-staging'), 'deploy-staging', 9)).toBeUndefined();
    expect(blockerOf(until('deploy-staging'), 'deploy-staging', 10)).toEqual({
      code: 'executor_silent',
      detail: `the deployer has not taken up deploy-staging; expires at ${later(900).toISOString()}`,
      who: 'operator',
      command: 'doctor',
    });
  });

  it('says so, too, of one that was begun and is not heard of for half as long as it may be', () => {
    expect(blockerOf(running('deploy-staging'), 'deploy-staging', 59)).toBeUndefined();
    expect(blockerOf(running('deploy-staging'), 'deploy-staging', 60)).toMatchObject({
      detail: `the deployer says nothing of deploy-staging any more; expires at ${later(120).toISOString()}`,
    });
  });

  it('is none that was heard of lately, nor one that was not asked for', () => {
    expect(blockerOf(running('build'), 'build', 29)).toBeUndefined();
    expect(blockerOf(until('build'), 'deploy-staging', 600)).toBeUndefined();
  });

  it('counts while planning hears', () => {
    const stage = until('build').stages['build'];
    expect(stage && silenceBlocker(until('build'), stage, { now: later(600), hearsSince: undefined })).toBeUndefined();
    expect(blockerOf(until('build'), 'build', 600, later(591))).toBeUndefined();
    expect(blockerOf(until('build'), 'build', 600, later(590))?.detail).toContain(later(1_490).toISOString());
  });
});
