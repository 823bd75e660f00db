import { draft, isSameJson, protectionDefined } from '@signalbox/domain';
import type { Actor, ApprovalRule, Decision } from '@signalbox/domain';

/** Server-side protection of one environment, whichever application; no file can loosen it. */
export interface Protection {
  /** The environment's name. */
  id: string;
  approvals: ApprovalRule[];
  /** Who gave it these rules, and why if they said so; absent where nobody has yet. */
  changedBy?: Actor;
}

/** Gives an environment its rules; the same ones again change nothing. */
export function protect(protection: Protection, approvals: ApprovalRule[], changedBy: Actor): Decision<Protection> {
  if (isSameJson(protection.approvals, approvals)) return { next: protection, events: [] };
  const { id: environment } = protection;
  const content = { environment, approvals, changedBy };
  return {
    next: { ...protection, approvals, changedBy },
    events: [draft(protectionDefined, { subject: environment, key: `protection/${environment}`, content })],
  };
}
