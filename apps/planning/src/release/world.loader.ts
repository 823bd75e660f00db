import type { GateStore } from '../gate/gate.store.js';
import type { ProtectionStore } from '../gate/protection.store.js';
import type { SlotStore } from '../slot/slot.store.js';
import { environmentsOf } from './release.js';
import type { Release } from './release.js';
import type { ReleaseStore } from './release.store.js';
import type { World } from './world.js';

export interface WorldSources {
  releases: ReleaseStore;
  slots: SlotStore;
  gates: GateStore;
  protections: ProtectionStore;
  /** Since when executors are heard without a gap; undefined while they are not (ADR 19). */
  hearsSince(): Date | undefined;
}

/** Reads, in the ambient transaction, what decides about a release. Slots come back locked. */
export async function loadWorld(sources: WorldSources, release: Release, now: Date): Promise<World> {
  const environments = environmentsOf(release) ?? [];
  const slots = await sources.slots.locked(release.application, environments);
  const held = Object.entries(slots).flatMap(([environment, { holder }]) =>
    holder && holder.releaseId !== release.id ? [[environment, holder.releaseId] as const] : [],
  );
  // Asked together, answered in one round trip.
  const [gates, queuedAhead, protection, holderDoes] = await Promise.all([
    sources.gates.reference(release.application),
    sources.releases.queuedAhead(release, environments),
    sources.protections.rulesOf(environments),
    Promise.all(held.map(async ([name, holder]) => [name, await sources.releases.activityOf(holder, name)] as const)),
  ]);
  return {
    now,
    hearsSince: sources.hearsSince(),
    gates,
    slots,
    queuedAhead,
    holderDoes: Object.fromEntries(holderDoes),
    protection,
  };
}
