import type { SlotAccepted, SlotDesired, SlotObserved } from '@signalbox/domain';

export interface Place {
  application: string;
  environment: string;
}

/** Where released applications run. One idempotent call puts the whole desired state of a place. */
export interface Target {
  /** Refused with StaleGenerationError when a higher generation is there already. */
  put(place: Place, desired: SlotDesired): Promise<SlotAccepted>;
  /** What runs there now; undefined when the target knows nothing of the place. */
  observe(place: Place): Promise<SlotObserved | undefined>;
}

export class StaleGenerationError extends Error {}
