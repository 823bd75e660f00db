import { describe, expect, it } from '@jest/globals';
import { later, running, until } from '../../testing/releases.js';
import type { Release } from './release.js';
import { untakenBlocker } from './untaken.js';

const blockerOf = (release: Release, key: string, seconds: number) => {
  const stage = release.stages[key];
  return stage && untakenBlocker(release, stage, later(seconds));
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

  it('is none that was heard of, nor one that was not asked for', () => {
    expect(blockerOf(running('build'), 'build', 600)).toBeUndefined();
    expect(blockerOf(until('build'), 'deploy-staging', 600)).toBeUndefined();
  });
});
