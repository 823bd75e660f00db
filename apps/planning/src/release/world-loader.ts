import type { ApprovalRule } from '@signalbox/domain';
import type { GateStore } from '../gate/gate.store.js';
import type { ProtectionStore } from '../gate/protection.store.js';
import type { SlotStore } from '../slot/slot.store.js';
import type { Release } from './release.js';
import type { ReleaseStore } from './release.store.js';
import type { World } from './world.js';

export interface WorldSources {
  releases: ReleaseStore;
  slots: SlotStore;
  gates: GateStore;
  protections: ProtectionStore;
  /** When this process became able to hear executors; undefined: not yet. */
  listeningSince(): Date | undefined;
}

/** Reads, in the ambient transaction, what decides about a release. Slots come back locked. */
export async function loadWorld(sources: WorldSources, release: Release, now: Date): Promise<World> {
  const environments = [...new Set(Object.values(release.stages).flatMap((stage) => stage.environment ?? []))];
  const slots = await sources.slots.locked(release.application, environments);
  const queuedAhead: Record<string, string | undefined> = {};
  const holderDoes: World['holderDoes'] = {};
  const protection: Record<string, ApprovalRule[]> = {};
  for (const environment of environments) {
    const holder = slots[environment]?.holder;
    const isMine = holder === undefined || holder.releaseId === release.id;
    queuedAhead[environment] = await sources.releases.queuedAhead(release, environment);
    if (!isMine) holderDoes[environment] = await sources.releases.activityOf(holder.releaseId, environment);
    protection[environment] = await sources.protections.rules(environment);
  }
  return {
    now,
    listeningSince: sources.listeningSince(),
    gates: await sources.gates.reference(),
    slots,
    queuedAhead,
    holderDoes,
    protection,
  };
}
