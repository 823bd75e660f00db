import { AsyncLocalStorage } from 'node:async_hooks';
import type { ReceivedEvent } from '@signalbox/domain';

interface Ambient {
  readonly event?: ReceivedEvent;
  readonly traceparent?: string;
}

const storage = new AsyncLocalStorage<Ambient>();

/** The event being handled, whose id becomes the causation id of everything its handler writes. */
export function currentEvent(): ReceivedEvent | undefined {
  return storage.getStore()?.event;
}

export function currentTraceparent(): string | undefined {
  return storage.getStore()?.traceparent;
}

export function withEvent<T>(event: ReceivedEvent, traceparent: string | undefined, work: () => T): T {
  return storage.run({ event, traceparent }, work);
}

/** What `work` writes carries this traceparent (W3C), as far as no handled event brings its own. */
export function withTraceparent<T>(traceparent: string, work: () => T): T {
  return storage.run({ ...storage.getStore(), traceparent }, work);
}
