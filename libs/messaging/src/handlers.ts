import { knownContracts } from '@signalbox/domain';
import type { EventContract, EventOf, ReceivedEvent } from '@signalbox/domain';
import { withEvent } from './ambient.js';
import { traceHandling } from './event-spans.js';
import type { Metrics, Tally } from './metrics.js';
import type { Tx } from './ports.js';
import type { Tracer } from './tracing.js';

export type Handler<E extends ReceivedEvent = ReceivedEvent> = (event: E, tx: Tx) => Promise<void>;

/** What one service does with events, by type. */
export class Handlers {
  private readonly byType = new Map<string, Handler[]>();
  private readonly forAll: Handler[] = [];

  constructor(
    private readonly consumer: string,
    private readonly tracer?: Tracer,
  ) {}

  on<T extends EventContract>(contract: T, handler: Handler<EventOf<T>>): void {
    const handlers = this.byType.get(contract.type) ?? [];
    this.byType.set(contract.type, [...handlers, handler as Handler]);
  }

  onAny(handler: Handler): void {
    this.forAll.push(handler);
  }

  wants(type: string): boolean {
    return this.forAll.length > 0 || this.byType.has(type);
  }

  async handle(event: ReceivedEvent, traceparent: string | undefined, tx: Tx): Promise<void> {
    await withEvent(event, traceparent, async () => {
      for (const handler of this.forAll) await handler(event, tx);
      for (const handler of this.byType.get(event.type) ?? []) await handler(event, tx);
    });
  }

  /** As `handle`, and counted once the transaction has committed. */
  async handleCounted(
    { event, traceparent }: { event: ReceivedEvent; traceparent?: string | undefined },
    tx: Tx,
    { handled, handling, delay }: Metrics,
    tally: Tally,
  ): Promise<void> {
    const { topic, time } = event;
    // Wire names of others must not multiply the series.
    const type = knownContracts().has(event.type) ? event.type : 'other';
    const beganAt = performance.now();
    const span = traceHandling(this.tracer, event, this.consumer, traceparent);
    try {
      await this.handle(event, span?.traceparent ?? traceparent, tx);
    } catch (error) {
      span?.fail(error);
      span?.end();
      throw error;
    }
    const seconds = (performance.now() - beganAt) / 1000;
    tally.note(() => {
      span?.end();
      handled.inc({ type });
      handling.observe({ type }, seconds);
      delay.observe({ topic }, Math.max(0, Date.now() - time.getTime()) / 1000);
    });
  }
}
