import type { Release, Stay } from './release.js';
import type { Take } from './rollback.js';
import { retreatOf } from './retreat.js';
import type { RollbackWish } from './retreat.js';
import type { WorldSources } from './world.loader.js';

/**
 * Reads, in the ambient transaction, what a release goes back to in these environments of its own. Slots are locked.
 * @throws DomainError conflict as `retreatOf`
 */
export async function loadTakes(
  sources: WorldSources,
  release: Release,
  environments: readonly string[],
  wish: RollbackWish,
): Promise<{ takes: Take[]; stays: Stay[] }> {
  const slots = await sources.slots.locked(release.application, environments);
  const inOrder = environments.flatMap((environment) => slots[environment] ?? []);
  const { quarantines } = await sources.gates.reference(release.application);
  const { targets, stays } = retreatOf(release, inOrder, wish, quarantines);
  const takes: Take[] = [];
  for (const { slot, running } of targets) {
    const target = await sources.releases.get(running.releaseId);
    takes.push({ slot, target: target.state });
  }
  return { takes, stays };
}
