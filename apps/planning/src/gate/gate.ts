import {
  DomainError,
  draft,
  holdDefined,
  overrideDefined,
  quarantineDefined,
  releaseHeld,
  releaseResumed,
  windowDefined,
} from '@signalbox/domain';
import type { Actor, Decision, EventDraft, Freeze, Hold, Override, Quarantine } from '@signalbox/domain';

/** Closes environments for a time. */
export type FreezeGate = { id: string; kind: 'freeze'; by: string } & Freeze;
/** Stops the line until somebody lifts it. */
export type HoldGate = { id: string; kind: 'hold' } & Hold & { release?: { application: string; version: string } };
/** Lets one release pass a freeze, once two people have said so. */
export type OverrideGate = { id: string; kind: 'override' } & Override;
/** Keeps an artifact out of an environment. */
export type QuarantineGate = { id: string; kind: 'quarantine' } & Quarantine & {
    lifted?: { by: string; reason: string };
  };

/** What may close the way for a release, and what opens it again. */
export type Gate = FreezeGate | HoldGate | OverrideGate | QuarantineGate;

export type GateKind = Gate['kind'];
export type GateOf<K extends GateKind> = Extract<Gate, { kind: K }>;

/** Everybody who enforces gates keeps a copy from the reference topic. */
export function defined(gate: Gate): EventDraft {
  const key = (type: string) => `${type}/${gate.id}`;
  switch (gate.kind) {
    case 'freeze':
      return draft(windowDefined, { subject: gate.id, key: key('window'), content: gate });
    case 'hold':
      return draft(holdDefined, { subject: gate.id, key: key('hold'), content: gate });
    case 'override':
      return draft(overrideDefined, { subject: gate.id, key: key('override'), content: gate });
    case 'quarantine':
      return draft(quarantineDefined, { subject: gate.id, key: key('quarantine'), content: gate });
  }
}

/** When it opens, or counts, no more by itself; undefined: never. */
export function endOf(gate: Gate): Date | undefined {
  switch (gate.kind) {
    case 'freeze':
      return new Date(gate.to);
    case 'hold':
      return gate.expiresAt === undefined ? undefined : new Date(gate.expiresAt);
    case 'override':
      return new Date(gate.expiresAt);
    case 'quarantine':
      return undefined;
  }
}

/** Ends a freeze or a hold before its time; twice changes nothing. */
export function remove<G extends GateOf<'freeze' | 'hold'>>(gate: G, removedBy: Actor): Decision<G> {
  if (gate.removed) return { next: gate, events: [] };
  const next = { ...gate, removed: true, removedBy };
  return { next, events: [defined(next), ...(next.kind === 'hold' ? heldEvents(next) : [])] };
}

export function liftQuarantine(gate: GateOf<'quarantine'>, by: string, reason: string): Decision<GateOf<'quarantine'>> {
  if (gate.removed) return { next: gate, events: [] };
  const next = { ...gate, removed: true, lifted: { by, reason } };
  return { next, events: [defined(next)] };
}

export interface Confirmer {
  principal: string;
  kind: 'person' | 'machine';
}
export type OverrideWish = Pick<GateOf<'override'>, 'windowId' | 'releaseId' | 'environment' | 'reason'> & {
  expiresAt?: string | undefined;
};

export type FreezeWish = Omit<Freeze, 'windowId' | 'removed' | 'name'> & { name?: string | undefined };

const overrideMs = 24 * 3_600_000;
const longestName = 100;

/** By default it has its reason for a name. */
export function freezeOf(id: string, wish: FreezeWish, by: string): GateOf<'freeze'> {
  const name = wish.name ?? wish.reason.slice(0, longestName);
  return { ...wish, name, id, windowId: id, kind: 'freeze', removed: false, by };
}

/** The first person's wish; it opens nothing before a second one has confirmed it. By default it counts for a day. */
export function requestOverride(id: string, wish: OverrideWish, by: Confirmer, now: Date): GateOf<'override'> {
  refuseMachine(by);
  const expiresAt = new Date(wish.expiresAt ?? now.getTime() + overrideMs).toISOString();
  return { ...wish, expiresAt, id, overrideId: id, kind: 'override', requestedBy: by.principal, removed: false };
}

/** The second person's yes; the one who asked cannot give it, and nobody gives it again. */
export function confirmOverride(gate: GateOf<'override'>, by: Confirmer, now: Date): Decision<GateOf<'override'>> {
  if (gate.confirmedBy === by.principal) return { next: gate, events: [] };
  refuseMachine(by);
  if (gate.requestedBy === by.principal) {
    throw new DomainError('forbidden', 'an override takes two people, and you asked for it', {
      reason: 'self_confirmation',
      fix: 'somebody else confirms it',
    });
  }
  if (gate.removed || new Date(gate.expiresAt) <= now) {
    throw new DomainError('conflict', 'the override has expired', { reason: 'expired', fix: 'ask for a new one' });
  }
  if (gate.confirmedBy !== undefined) {
    throw new DomainError('conflict', 'the override is confirmed already', { reason: 'already_confirmed' });
  }
  const next = { ...gate, confirmedBy: by.principal };
  return { next, events: [defined(next)] };
}

function refuseMachine({ kind }: Confirmer): void {
  if (kind !== 'machine') return;
  throw new DomainError('forbidden', 'an override takes two people: machines cannot give it', {
    reason: 'machine_vote',
    fix: 'a person does it',
  });
}

/** A hold of one release is also told on that release's own stream: that it holds, or who has lifted it. */
export function heldEvents(gate: GateOf<'hold'>): EventDraft[] {
  const { releaseId } = gate.scope;
  if (releaseId === undefined || !gate.release) return [];
  const content = { releaseId, ...gate.release, holdId: gate.holdId };
  const about = { subject: releaseId, chainId: releaseId };
  return [
    gate.removedBy
      ? draft(releaseResumed, { ...about, content: { ...content, actor: gate.removedBy } })
      : draft(releaseHeld, { ...about, content: { ...content, message: gate.message } }),
  ];
}
