import { describe, expect, it } from '@jest/globals';
import {
  cdOutcome,
  hasEnded,
  outcomes,
  releaseStatuses,
  releaseTransitions,
  stageKey,
  stageKinds,
  stageStatuses,
  stageTransitions,
  taskrunId,
} from './stage.js';

function reachable<S extends string>(table: Record<S, readonly S[]>, from: S): S[] {
  const found = new Set<S>([from]);
  for (const status of found) for (const next of table[status]) found.add(next);
  return [...found];
}

describe('the table of stages', () => {
  it('reaches every status from pending', () => {
    expect(reachable(stageTransitions, 'pending').sort()).toEqual([...stageStatuses].sort());
  });

  it.each(stageStatuses.filter((status) => hasEnded(status)))('lets %s do nothing but be tried again', (status) => {
    expect(stageTransitions[status].filter((next) => !hasEnded(next))).toEqual(['pending']);
  });

  it.each(stageStatuses.filter((status) => !hasEnded(status)))('lets %s end', (status) => {
    expect(stageTransitions[status].some((next) => hasEnded(next))).toBe(true);
  });

  it('cancels work only by asking its executor first, unless the executor has answered', () => {
    expect(stageTransitions.running).toContain('cancelling');
    expect(stageTransitions.cancelling).not.toContain('running');
  });

  it('never stays where it is', () => {
    expect(stageStatuses.filter((status) => stageTransitions[status].includes(status))).toEqual([]);
  });
});

describe('the table of releases', () => {
  it('reaches every status from draft', () => {
    expect(reachable(releaseTransitions, 'draft').sort()).toEqual([...releaseStatuses].sort());
  });

  it('has two ends for good', () => {
    const ends = releaseStatuses.filter((status) => releaseTransitions[status].length === 0);
    expect(ends).toEqual(['rolled_back', 'cancelled']);
  });

  it('takes a completed release back, and tries a failed one again', () => {
    expect(releaseTransitions.completed).toEqual(['rolled_back']);
    expect(releaseTransitions.failed).toEqual(['running']);
  });
});

describe('the words of a stage', () => {
  it('every outcome has its own word in the standard', () => {
    expect(new Set(outcomes.map((outcome) => cdOutcome[outcome])).size).toBe(outcomes.length);
  });

  it('a stage is named by its kind and environment', () => {
    expect(stageKey('build')).toBe('build');
    expect(stageKinds.map((kind) => stageKey(kind, 'eu'))).toContain('deploy-eu');
    expect(taskrunId('rel_1', 'deploy-eu', 2)).toBe('rel_1:deploy-eu:2');
  });
});
