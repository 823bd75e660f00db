import type { Blocker, StageKind } from '@signalbox/domain';
import { silentAt } from './deadlines.js';
import type { Release, StageState } from './release.js';

/** So long an event may be on its way without anybody asking why. */
const expectedWithinMs = 10_000;

/** Who does a stage; an approval is planning's own. */
const executors: Readonly<Record<Exclude<StageKind, 'approve'>, string>> = {
  build: 'build-coordinator',
  deploy: 'deployer',
  test: 'test-orchestrator',
  monitor: 'monitor',
  feedback: 'feedback',
};

/** That a stage was asked of a service which has said nothing of it: none when it has, or may still be about to. */
export function untakenBlocker(release: Release, stage: StageState, now: Date): Blocker | undefined {
  const { kind, status, requestedAt, heardAt } = stage;
  if (kind === 'approve' || status !== 'requested' || requestedAt === undefined || heardAt !== undefined)
    return undefined;
  if (now.getTime() - Date.parse(requestedAt) < expectedWithinMs) return undefined;
  const until = silentAt(release, stage).toISOString();
  return {
    code: 'executor_silent',
    detail: `the ${executors[kind]} has not taken up ${stage.key}; expires at ${until}`,
    who: 'operator',
    command: 'doctor',
  };
}
