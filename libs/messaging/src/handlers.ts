import { isInbound } from '@signalbox/domain';
import type { EventContract, EventOf, ReceivedEvent } from '@signalbox/domain';
import { withEvent } from './ambient.js';
import { traceHandling } from './event-spans.js';
import type { Refusal } from './inbound.js';
import { seriesOf } from './metrics.js';
import type { Metrics, Tally } from './metrics.js';
import type { Tx } from './ports.js';
import type { Span, Tracer } from './tracing.js';

export type Handler<E extends ReceivedEvent = ReceivedEvent> = (event: E, tx: Tx) => Promise<void>;
export type TogetherHandler = (events: readonly ReceivedEvent[], tx: Tx) => Promise<void>;
export type InboundHandler = (report: InboundReport, tx: Tx) => Promise<void>;

/** An event to be handled, and the trace it goes on from. */
export interface Delivery {
  readonly event: ReceivedEvent;
  /** With what its contract does not know: for who wants every event, whatever it is. */
  readonly asSaid: ReceivedEvent;
  readonly traceparent?: string | undefined;
}

/** What has become of records on a source's topic. */
export interface InboundReport {
  readonly source: string;
  readonly accepted: number;
  /** Of events that had come before; also of a record that the broker has delivered twice. */
  readonly duplicates: number;
  readonly refused: readonly Refusal[];
}

interface Handling extends Delivery {
  readonly span: Span | undefined;
  readonly seconds: number;
}

/** What one service does with events, by type. */
export class Handlers {
  private readonly byType = new Map<string, Handler[]>();
  private readonly forAll: Handler[] = [];
  private readonly together: TogetherHandler[] = [];
  private readonly inbound: InboundHandler[] = [];

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

  onAnyTogether(handler: TogetherHandler): void {
    this.together.push(handler);
  }

  onInbound(handler: InboundHandler): void {
    this.inbound.push(handler);
  }

  wants(type: string): boolean {
    return this.forAll.length > 0 || this.together.length > 0 || this.byType.has(type);
  }

  async report(report: InboundReport, tx: Tx): Promise<void> {
    for (const handler of this.inbound) await handler(report, tx);
  }

  /** Each in its order, then all together; counted once the transaction has committed. */
  async handle(deliveries: readonly Delivery[], tx: Tx, metrics: Metrics, tally: Tally): Promise<void> {
    const handlings: Handling[] = [];
    for (const delivery of deliveries) handlings.push(await this.handleOne(delivery, tx));
    const share = await this.handleTogether(handlings, tx);
    tally.note(() => {
      for (const { span } of handlings) span?.end();
      count(handlings, share, metrics);
    });
  }

  private async handleOne({ event, asSaid, traceparent }: Delivery, tx: Tx): Promise<Handling> {
    const handlers = this.byType.get(event.type) ?? [];
    const beganAt = performance.now();
    const span = traceHandling(this.tracer, event, this.consumer, traceparent);
    try {
      if (this.forAll.length + handlers.length > 0) {
        await withEvent(event, span?.traceparent ?? traceparent, async () => {
          for (const handler of this.forAll) await handler(asSaid, tx);
          for (const handler of handlers) await handler(event, tx);
        });
      }
    } catch (error) {
      fail(span, error);
      throw error;
    }
    return { event, asSaid, traceparent, span, seconds: (performance.now() - beganAt) / 1000 };
  }

  /** @returns seconds, as each event's share of them */
  private async handleTogether(handlings: readonly Handling[], tx: Tx): Promise<number> {
    if (this.together.length === 0 || handlings.length === 0) return 0;
    const beganAt = performance.now();
    const events = handlings.map(({ asSaid }) => asSaid);
    try {
      for (const handler of this.together) await handler(events, tx);
    } catch (error) {
      for (const { span } of handlings) fail(span, error);
      throw error;
    }
    return (performance.now() - beganAt) / 1000 / handlings.length;
  }
}

function fail(span: Span | undefined, error: unknown): void {
  span?.fail(error);
  span?.end();
}

/** Finding a series takes longer than counting in it: once for all events of a type. */
function count(handlings: readonly Handling[], share: number, { handled, handling, delay }: Metrics): void {
  const now = Date.now();
  const byType = Map.groupBy(handlings, ({ event: { type } }) => seriesOf(type));
  for (const [type, ofType] of byType) {
    handled.inc({ type }, ofType.length);
    const series = handling.labels({ type });
    for (const { seconds } of ofType) series.observe(seconds + share);
  }
  // When a tool outside says that something happened is not when it was sent.
  const ours = handlings.filter(({ event }) => !isInbound(event.topic));
  for (const [topic, ofTopic] of Map.groupBy(ours, ({ event }) => event.topic)) {
    const series = delay.labels({ topic });
    for (const { event } of ofTopic) series.observe(Math.max(0, now - event.time.getTime()) / 1000);
  }
}
