import { draft, stageKey, stageRequested, taskrunId } from '@signalbox/domain';
import type { EventDraft, StageRequest } from '@signalbox/domain';
import { silenceLimitMs, untakenAfterMs } from './deadlines.js';
import { artifactOf } from './release.js';
import type { Release, StageState } from './release.js';
import type { World } from './world.js';

/** The request carries everything the executor needs; nothing waits for another topic. */
export function requestEvent(release: Release, stage: StageState, world: World): EventDraft {
  if (!release.definition) throw new Error(`release ${release.id} has no definition`);
  const artifact = artifactOf(release);
  const slot = stage.environment ? world.slots[stage.environment] : undefined;
  const request: StageRequest = {
    releaseId: release.id,
    application: release.application,
    team: release.team,
    version: release.version,
    stage: stage.key,
    kind: stage.kind,
    ...(stage.environment && { environment: stage.environment }),
    attempt: stage.attempt,
    ...(stage.retriedBy && { retriedBy: stage.retriedBy }),
    commit: release.commit,
    repository: release.repository,
    definition: release.definition,
    ...(artifact && { artifact }),
    ...(stage.kind === 'deploy' && {
      deploy: {
        mode: 'forward' as const,
        slotVersion: (slot?.slotVersion ?? 0) + 1,
        ...(slot?.current && { expectedCurrent: slot.current }),
      },
    }),
    ...targetOf(release, stage, world),
    startBy: new Date(world.now.getTime() + untakenAfterMs).toISOString(),
    silentAfter: `PT${silenceLimitMs(stage) / 1000}S`,
  };
  return draft(stageRequested, {
    subject: taskrunId(release.id, stage.key, stage.attempt),
    chainId: release.id,
    content: request,
  });
}

/** What a test or a watch looks at: what the deployment of this environment said is live. */
function targetOf(release: Release, stage: StageState, world: World): Pick<StageRequest, 'target'> {
  if (stage.kind !== 'test' && stage.kind !== 'monitor') return {};
  const live = release.stages[stageKey('deploy', stage.environment)]?.outputs?.live;
  const slot = stage.environment ? world.slots[stage.environment] : undefined;
  if (!live) throw new Error(`release ${release.id}: ${stage.key} was requested before its deployment`);
  const previous = live.previous ?? slot?.history[0];
  return {
    target: { url: live.url, metricsUrl: live.metricsUrl, current: live.current, ...(previous && { previous }) },
  };
}
