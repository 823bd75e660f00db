import type { Blocker, StageKind } from '@signalbox/domain';
import { silenceLimitMs, silentAt } from './deadlines.js';
import type { Release, StageState } from './release.js';
import type { World } from './world.js';

/** So long an event may be on its way without anybody asking why. */
const takenWithinMs = 10_000;

/** Who does a stage; an approval is planning's own. */
const executors: Readonly<Record<Exclude<StageKind, 'approve'>, string>> = {
  build: 'build-coordinator',
  deploy: 'deployer',
  test: 'test-orchestrator',
  monitor: 'monitor',
  feedback: 'feedback',
};

/**
 * That a service says nothing of a stage: of what it was asked, or for half as long as it may of what it has begun. While
 * planning hears nothing, that says nothing of others.
 */
export function silenceBlocker(
  release: Release,
  stage: StageState,
  { now, hearsSince }: Pick<World, 'now' | 'hearsSince'>,
): Blocker | undefined {
  const { kind, status, heardAt, requestedAt } = stage;
  if (hearsSince === undefined || kind === 'approve' || (status !== 'requested' && status !== 'running'))
    return undefined;
  const since = Math.max(Date.parse(heardAt ?? requestedAt ?? release.createdAt), hearsSince.getTime());
  const allowedMs = heardAt === undefined ? takenWithinMs : silenceLimitMs(stage) / 2;
  if (now.getTime() - since < allowedMs) return undefined;
  const what = heardAt === undefined ? `has not taken up ${stage.key}` : `says nothing of ${stage.key} any more`;
  return {
    code: 'executor_silent',
    detail: `the ${executors[kind]} ${what}; expires at ${silentAt(release, stage, hearsSince).toISOString()}`,
    who: 'operator',
    command: 'doctor',
  };
}

/** The stage with that among what it waits for. */
export function withSilence(release: Release, stage: StageState, heard: Pick<World, 'now' | 'hearsSince'>): StageState {
  const silence = silenceBlocker(release, stage, heard);
  return silence ? { ...stage, blockers: [...stage.blockers, silence] } : stage;
}
