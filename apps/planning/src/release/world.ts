import type { ApprovalRule, GateReference } from '@signalbox/domain';
import type { Slot } from '../slot/slot.js';

/** One that only monitors makes way for the next; one that bakes does not: further environments wait for its watch. */
export type SlotActivity = 'deploys' | 'tests' | 'bakes' | 'monitors' | 'ends';

/** Everything outside a release that decides whether it may go on, read in the deciding transaction. */
export interface World {
  now: Date;
  /** Clocks count only while planning itself has been listening. */
  hearsSince: Date | undefined;
  gates: GateReference;
  /** By environment; locked. */
  slots: Record<string, Slot>;
  /** An older release of the application that waits for the same environment. */
  queuedAhead: Record<string, string | undefined>;
  /** What the holder of a slot does there when it is another release, by environment. */
  holderDoes: Record<string, SlotActivity | undefined>;
  /** Server-side rules per environment; the stricter of these and the application's file holds. */
  protection: Record<string, ApprovalRule[]>;
}

/** What a decision about a release asks of a slot, carried out in the same transaction. */
export type SlotAction =
  | { environment: string; action: 'take' }
  | { environment: string; action: 'keep' }
  | { environment: string; action: 'give_back' }
  | { environment: string; action: 'want' };
