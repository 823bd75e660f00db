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
  // Asked together, answered in one round trip.
  const inEach = async <T>(ask: (environment: string) => Promise<T>): Promise<Record<string, T>> =>
    Object.fromEntries(await Promise.all(environments.map(async (name) => [name, await ask(name)] as const)));
  const otherHolder = (environment: string): string | undefined => {
    const holder = slots[environment]?.holder?.releaseId;
    return holder === release.id ? undefined : holder;
  };
  const [gates, queuedAhead, holderDoes, protection] = await Promise.all([
    sources.gates.reference(),
    inEach((environment) => sources.releases.queuedAhead(release, environment)),
    inEach((environment) => {
      const holder = otherHolder(environment);
      return holder === undefined ? Promise.resolve(undefined) : sources.releases.activityOf(holder, environment);
    }),
    inEach((environment) => sources.protections.rules(environment)),
  ]);
  return {
    now,
    listeningSince: sources.listeningSince(),
    gates,
    slots,
    queuedAhead,
    holderDoes,
    protection,
  };
}
