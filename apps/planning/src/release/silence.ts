import type { Blocker, StageKind } from '@signalbox/domain';
import { silenceLimitMs, silentAt } from './deadlines.js';
import type { Release, StageState } from './release.js';

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

/** That a service says nothing of a stage: of what it was asked, or for half as long as it may of what it has begun. */
export function silenceBlocker(release: Release, stage: StageState, now: Date): Blocker | undefined {
  const { kind, status, heardAt, requestedAt } = stage;
  if (kind === 'approve' || (status !== 'requested' && status !== 'running')) return undefined;
  const since = Date.parse(heardAt ?? requestedAt ?? release.createdAt);
  const allowedMs = heardAt === undefined ? takenWithinMs : silenceLimitMs(stage) / 2;
  if (now.getTime() - since < allowedMs) return undefined;
  const what = heardAt === undefined ? `has not taken up ${stage.key}` : `says nothing of ${stage.key} any more`;
  return {
    code: 'executor_silent',
    detail: `the ${executors[kind]} ${what}; expires at ${silentAt(release, stage).toISOString()}`,
    who: 'operator',
    command: 'doctor',
  };
}
