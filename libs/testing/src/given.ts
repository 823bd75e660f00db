import { isDeepStrictEqual, inspect } from 'node:util';
import { DomainError } from '@signalbox/domain';
import type { Decision, ErrorCode, EventContract, EventDraft } from '@signalbox/domain';

type Expected = EventContract | { readonly type: string };

class Outcome<S> {
  constructor(private readonly outcome: { decision: Decision<S> } | { refusal: DomainError }) {}

  /** Exactly these types, in this order. */
  thenEvents(...expected: Expected[]): this {
    same(
      this.events.map((event) => event.type),
      expected.map((contract) => contract.type),
      'events',
    );
    return this;
  }

  thenNoEvents(): this {
    return this.thenEvents();
  }

  /** These fields of the next state have these values. */
  thenState(expected: Partial<S>): this {
    const next = this.next as Record<string, unknown>;
    const found = Object.fromEntries(Object.keys(expected).map((name) => [name, next[name]]));
    same(found, expected, 'state');
    return this;
  }

  thenRejected(code: ErrorCode, reason?: string): this {
    if (!('refusal' in this.outcome)) throw new Error(`expected a refusal (${code}), but it was allowed`);
    same(this.outcome.refusal.code, code, 'code');
    if (reason !== undefined) same(this.outcome.refusal.more.reason, reason, 'reason');
    return this;
  }

  get next(): S {
    return this.decision.next;
  }

  get events(): readonly EventDraft[] {
    return this.decision.events;
  }

  private get decision(): Decision<S> {
    if ('refusal' in this.outcome) throw this.outcome.refusal;
    return this.outcome.decision;
  }
}

/** `given(state).when(decide).thenState({ … })`; a decision that throws anything but a DomainError fails the test. */
export function given<S>(state: S): { when<N>(decide: (state: S) => Decision<N>): Outcome<N> } {
  return {
    when(decide) {
      try {
        return new Outcome({ decision: decide(state) });
      } catch (error) {
        if (error instanceof DomainError) return new Outcome({ refusal: error });
        throw error;
      }
    },
  };
}

function same(found: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(found, expected)) return;
  throw new Error(`${what}: expected ${inspect(expected, { depth: 5 })}, found ${inspect(found, { depth: 5 })}`);
}
