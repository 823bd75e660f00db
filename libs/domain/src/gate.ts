import { z } from 'zod';
import { actor } from './actor.js';

/** Where a window, hold or quarantine applies; an absent field means everywhere. */
export const scope = z.object({
  application: z.string().optional(),
  environment: z.string().optional(),
  releaseId: z.string().optional(),
});
export type Scope = z.infer<typeof scope>;

export const inFlight = z.enum(['pause', 'finish', 'abort']);

export const freeze = z.object({
  windowId: z.string(),
  name: z.string(),
  scope,
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  reason: z.string(),
  inFlight,
  removed: z.boolean().default(false),
  /** Who ended it before its time. */
  removedBy: actor.optional(),
});
export type Freeze = z.infer<typeof freeze>;

/** Lets one release pass one freeze; counts only when a second person has confirmed it. */
export const override = z.object({
  overrideId: z.string(),
  windowId: z.string(),
  releaseId: z.string(),
  environment: z.string().optional(),
  reason: z.string(),
  requestedBy: z.string(),
  confirmedBy: z.string().optional(),
  expiresAt: z.iso.datetime(),
  removed: z.boolean().default(false),
});
export type Override = z.infer<typeof override>;

export const hold = z.object({
  holdId: z.string(),
  message: z.string(),
  scope,
  by: z.string(),
  expiresAt: z.iso.datetime().optional(),
  inFlight: inFlight.default('pause'),
  removed: z.boolean().default(false),
  /** Who ended it before its time. */
  removedBy: actor.optional(),
});
export type Hold = z.infer<typeof hold>;

export const quarantine = z.object({
  quarantineId: z.string(),
  application: z.string(),
  version: z.string(),
  digest: z.string(),
  /** Absent: in every environment. */
  environment: z.string().optional(),
  reason: z.string(),
  removed: z.boolean().default(false),
});
export type Quarantine = z.infer<typeof quarantine>;

/** What planning owns and the deployer keeps a copy of. */
export interface GateReference {
  freezes: readonly Freeze[];
  overrides: readonly Override[];
  holds: readonly Hold[];
  quarantines: readonly Quarantine[];
}

export interface GateSubject {
  application: string;
  environment: string;
  releaseId: string;
  digest?: string;
}

export const blocker = z.object({
  code: z.string(),
  detail: z.string(),
  /** When it lifts by itself; absent: never. */
  liftsAt: z.iso.datetime().optional(),
  who: z.string().optional(),
  command: z.string().optional(),
});
export type Blocker = z.infer<typeof blocker>;

export interface ClosedGate extends Blocker {
  inFlight: z.infer<typeof inFlight>;
}

function covers(scope: Scope, subject: GateSubject): boolean {
  return (
    (scope.application === undefined || scope.application === subject.application) &&
    (scope.environment === undefined || scope.environment === subject.environment) &&
    (scope.releaseId === undefined || scope.releaseId === subject.releaseId)
  );
}

/**
 * Every gate that is closed for a forward step of this release into this environment, earliest to lift first.
 * The same function decides in planning and, at the effect, in the deployer. Rollbacks do not ask it.
 */
export function closedGates(subject: GateSubject, reference: GateReference, now: Date): ClosedGate[] {
  const isPast = (at: string | undefined) => at !== undefined && new Date(at) <= now;
  const holds = reference.holds.filter(
    (hold) => !hold.removed && !isPast(hold.expiresAt) && covers(hold.scope, subject),
  );
  const freezes = reference.freezes.filter(
    (window) =>
      !window.removed &&
      isPast(window.from) &&
      !isPast(window.to) &&
      covers(window.scope, subject) &&
      !reference.overrides.some((override) => lifts(override, window, subject, now)),
  );
  const quarantines = reference.quarantines.filter((entry) => !entry.removed && isQuarantined(entry, subject));
  const closed: ClosedGate[] = [
    ...freezes.map((window) => ({
      code: 'window_closed',
      detail: `freeze "${window.name}"${window.reason === window.name ? '' : `: ${window.reason}`}`,
      liftsAt: window.to,
      who: 'two people: one asks, another confirms',
      command: `freeze override ${window.windowId} --release ${subject.releaseId} --reason R`,
      inFlight: window.inFlight,
    })),
    ...holds.map((hold) => ({
      code: 'held',
      detail: `"${hold.message}"`,
      ...(hold.expiresAt && { liftsAt: hold.expiresAt }),
      who: 'a release-manager or an operator',
      command: `release resume ${hold.holdId}`,
      inFlight: hold.inFlight,
    })),
    ...quarantines.map((entry) => ({
      code: 'quarantined',
      detail: `${entry.application}@${entry.version}: ${entry.reason}`,
      who: 'release-manager',
      command: `release allow ${entry.application}@${entry.version} --env ${subject.environment} --reason R`,
      inFlight: 'abort' as const,
    })),
  ];
  return closed.sort((a, b) => liftTime(a) - liftTime(b));
}

/** Never lifting is later than any time. */
function liftTime({ liftsAt }: Blocker): number {
  return liftsAt === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(liftsAt);
}

function isQuarantined(entry: Quarantine, subject: GateSubject): boolean {
  return (
    entry.application === subject.application &&
    entry.digest === subject.digest &&
    (entry.environment === undefined || entry.environment === subject.environment)
  );
}

function lifts(override: Override, window: Freeze, subject: GateSubject, now: Date): boolean {
  return (
    !override.removed &&
    override.windowId === window.windowId &&
    override.releaseId === subject.releaseId &&
    (override.environment === undefined || override.environment === subject.environment) &&
    override.confirmedBy !== undefined &&
    new Date(override.expiresAt) > now
  );
}
