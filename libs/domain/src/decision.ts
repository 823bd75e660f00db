import type { EventDraft } from './event.js';

/** The answer of a pure decision: the aggregate's next state and what has thereby happened. */
export interface Decision<S> {
  readonly next: S;
  readonly events: readonly EventDraft[];
}
