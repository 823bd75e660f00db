/** What a span tells of itself; names and attributes follow OpenTelemetry's semantic conventions. */
export type Attributes = Record<string, string | number>;

export interface SpanStart {
  readonly name: string;
  readonly kind: 'server' | 'client' | 'producer' | 'consumer' | 'internal';
  /** The W3C traceparent it goes on from; without one it begins a trace. */
  readonly parent?: string | undefined;
  /** Another trace that had a part in it. */
  readonly link?: string | undefined;
  readonly attributes?: Attributes;
}

export interface Span {
  /** What goes on from here carries it; it also says whether the trace is kept (sampled). */
  readonly traceparent: string;
  set(attributes: Attributes): void;
  fail(error: unknown): void;
  end(): void;
}

/** Makes spans. Where traces are off there is none, and nothing but its absence is looked at. */
export interface Tracer {
  /** `messaging.system` of the events: `kafka`, or the embedded log's own name. */
  readonly messagingSystem: string;
  start(span: SpanStart): Span;
  /** Sends what has ended and takes no more; gives up after `withinMs`. Never rejects. */
  close(withinMs: number): Promise<void>;
}

const wellFormed = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Whether it is a traceparent of W3C Trace Context, version 00. */
export function isTraceparent(text: unknown): text is string {
  return typeof text === 'string' && wellFormed.test(text);
}

export function traceOf(traceparent: string | undefined): string | undefined {
  return traceparent?.split('-')[1];
}

/**
 * Where the next step of something goes on that has a trace of its own: at the step that is being taken, if that
 * belongs to the same trace, else where it began. A wake-up has no step, a person's call belongs to another trace.
 */
export function goOnFrom(own: string | undefined, current: string | undefined): string | undefined {
  return own === undefined || traceOf(own) === traceOf(current) ? current : own;
}
