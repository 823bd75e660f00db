import { hasEnded } from '@signalbox/domain';
import { endStage } from './advance.js';
import type { Advance } from './advance.js';
import type { Release } from './release.js';
import { stageCancel } from './stop.js';
import type { SlotActivity, World } from './world.js';

/** A release that only monitors makes way for a newer one that wants its environment. */
export function makeWay(release: Release, world: World): Advance {
  let state: Advance = { next: release, events: [], slots: [] };
  for (const [environment, slot] of Object.entries(world.slots)) {
    if (slot.holder?.releaseId !== release.id || !slot.wantedBy || !onlyMonitors(release, environment)) continue;
    const stage = release.stages[`monitor-${environment}`];
    if (!stage) continue;
    const reason = `superseded by ${release.application}@${slot.wantedBy.version}`;
    const told = stageCancel(release, stage, reason);
    state = endStage({ ...state, events: [...state.events, told] }, stage.key, 'skipped', world.now, 'superseded', {
      detail: reason,
    });
    state = {
      ...state,
      next: { ...state.next, superseded: true },
      slots: [...state.slots, { environment, action: 'give_back' }],
    };
  }
  return state;
}

/** Whether all that a release still does in an environment is to watch it. */
export function onlyMonitors(release: Release, environment: string): boolean {
  return activityIn(release, environment) === 'monitors';
}

/** What a release that holds an environment does there. */
export function activityIn(release: Release, environment: string): SlotActivity {
  const open = Object.values(release.stages).filter(
    (stage) => stage.environment === environment && !hasEnded(stage.status),
  );
  if (open.some((stage) => stage.kind === 'deploy')) return 'deploys';
  if (open.some((stage) => stage.kind === 'test')) return 'tests';
  if (!open.some((stage) => stage.kind === 'monitor' && stage.status === 'running')) return 'ends';
  return hasFurtherToGo(release) ? 'bakes' : 'monitors';
}

/** A watch that other environments wait for is a guard, which no newer release may cut short. */
function hasFurtherToGo(release: Release): boolean {
  return Object.values(release.stages).some((stage) => stage.kind === 'deploy' && !hasEnded(stage.status));
}
