import { DomainError } from '@signalbox/domain';
import type { Decision, Running, StageOutputs } from '@signalbox/domain';

/** One application in one environment: at most one release at a time may change what runs here. */
export interface Slot {
  id: string;
  application: string;
  environment: string;
  holder?: { releaseId: string; version: string; since: string };
  /** A newer release waits for a holder that only monitors. */
  wantedBy?: { releaseId: string; version: string };
  /** Counts requests that change what runs here. */
  slotVersion: number;
  current?: Running;
  /** What ran before, newest first; where a rollback looks for its target. */
  history: Running[];
  url?: string;
  metricsUrl?: string;
}

const keptRunnings = 10;

export function slotId(application: string, environment: string): string {
  return `${application}/${environment}`;
}

export function emptySlot(application: string, environment: string): Slot {
  return { id: slotId(application, environment), application, environment, slotVersion: 0, history: [] };
}

/** Takes the slot for a release, or keeps it, and draws the next slot version for its request. */
export function take(slot: Slot, release: { id: string; version: string }, now: Date): Decision<Slot> {
  const { next } = keep(slot, release, now);
  return { next: { ...next, slotVersion: slot.slotVersion + 1 }, events: [] };
}

/** Holds the slot for a release that looks at what it runs there and changes nothing. */
export function keep(slot: Slot, release: { id: string; version: string }, now: Date): Decision<Slot> {
  if (slot.holder && slot.holder.releaseId !== release.id) {
    throw new DomainError('conflict', `${slot.id} is held by ${slot.application}@${slot.holder.version}`, {
      reason: 'environment_busy',
    });
  }
  if (slot.holder) return { next: slot, events: [] };
  const holder = { releaseId: release.id, version: release.version, since: now.toISOString() };
  const { wantedBy, ...rest } = slot;
  const next = { ...rest, holder };
  return { next: wantedBy && wantedBy.releaseId !== release.id ? { ...next, wantedBy } : next, events: [] };
}

/** Gives the slot back; a release that does not hold it changes nothing. */
export function giveBack(slot: Slot, releaseId: string): Decision<Slot> {
  const { holder, wantedBy, ...rest } = slot;
  const stillWanted = wantedBy && wantedBy.releaseId !== releaseId ? { wantedBy } : {};
  if (holder?.releaseId === releaseId) return { next: { ...rest, ...stillWanted }, events: [] };
  return { next: wantedBy?.releaseId === releaseId ? { ...rest, ...(holder && { holder }) } : slot, events: [] };
}

/** Asks a holder that only monitors to make way. */
export function want(slot: Slot, release: { id: string; version: string }): Decision<Slot> {
  if (slot.wantedBy?.releaseId === release.id) return { next: slot, events: [] };
  return { next: { ...slot, wantedBy: { releaseId: release.id, version: release.version } }, events: [] };
}

/** Whether a slot stands as this would leave it. A wish is never done: its holder is told of it each time. */
export function isDone(
  { holder, wantedBy }: Slot,
  releaseId: string,
  action: 'take' | 'keep' | 'give_back' | 'want',
): boolean {
  const holds = holder?.releaseId === releaseId;
  if (action === 'keep') return holds;
  return action === 'give_back' && !holds && wantedBy?.releaseId !== releaseId;
}

/** Takes over what the deployer says is live; an older slot version never overwrites a newer. */
export function observe(slot: Slot, live: NonNullable<StageOutputs['live']>): Decision<Slot> {
  if (slot.current && live.slotVersion < slot.current.slotVersion) return { next: slot, events: [] };
  const before = slot.current && slot.current.releaseId !== live.current.releaseId ? [slot.current] : [];
  const history = [...before, ...slot.history].filter((entry) => entry.releaseId !== live.current.releaseId);
  return {
    next: {
      ...slot,
      current: live.current,
      history: history.slice(0, keptRunnings),
      url: live.url,
      metricsUrl: live.metricsUrl,
    },
    events: [],
  };
}
