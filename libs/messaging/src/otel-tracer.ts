import { randomUUID } from 'node:crypto';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Context, Span as OtelSpan, SpanContext, Tracer as SdkTracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { ReadableSpan, Sampler, SpanExporter } from '@opentelemetry/sdk-trace';
import type { TracedProcess, TracingConfig } from './otel.js';
import type { Attributes, Span, SpanStart, Tracer } from './tracing.js';
import { within } from './within.js';

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
};
const complainEveryMs = 60_000;

/** Spans by OpenTelemetry's SDK, sent to a collector by OTLP. Loaded only where traces are on (`openTracer`). */
export class OtelTracer implements Tracer {
  readonly messagingSystem: string;
  private readonly provider: TracerProvider;
  private readonly tracer: SdkTracer;

  constructor(config: TracingConfig, { service, version, messagingSystem, logger }: TracedProcess) {
    this.messagingSystem = messagingSystem;
    const own = resourceFromAttributes({
      'service.name': service,
      'service.namespace': 'signalbox',
      'service.version': version,
      'service.instance.id': randomUUID(),
    });
    // OTEL_RESOURCE_ATTRIBUTES adds to it.
    const given = detectResources({ detectors: [envDetector] });
    this.provider = new TracerProvider({
      resource: defaultResource().merge(given).merge(own),
      sampler: samplerOf(config),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: new TellingExporter(new OTLPTraceExporter(), logger),
          scheduledDelayMillis: config.OTEL_BSP_SCHEDULE_DELAY,
          maxQueueSize: config.OTEL_BSP_MAX_QUEUE_SIZE,
          maxExportBatchSize: Math.min(config.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, config.OTEL_BSP_MAX_QUEUE_SIZE),
        }),
      ],
    });
    this.tracer = this.provider.getTracer('signalbox', version);
  }

  start({ name, kind, parent, link, attributes }: SpanStart): Span {
    const context = link === undefined ? undefined : contextOf(link);
    const span = this.tracer.startSpan(
      name,
      { kind: kinds[kind], ...(attributes && { attributes }), ...(context && { links: [{ context }] }) },
      under(parent),
    );
    return new StartedSpan(span);
  }

  async close(withinMs: number): Promise<void> {
    await within(withinMs, this.provider.shutdown()).catch(() => false);
  }
}

class StartedSpan implements Span {
  readonly traceparent: string;

  constructor(private readonly span: OtelSpan) {
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  }

  set(attributes: Attributes): void {
    this.span.setAttributes(attributes);
  }

  fail(error: unknown): void {
    const [name, message] = error instanceof Error ? [error.name, error.message] : ['Error', String(error)];
    this.span.setAttribute('error.type', name);
    this.span.setStatus({ code: SpanStatusCode.ERROR, message: message.split('\n')[0] ?? '' });
  }

  end(): void {
    this.span.end();
  }
}

/** A collector that is away costs spans and nothing else; the log hears of it once a minute. */
class TellingExporter implements SpanExporter {
  private lost = 0;
  private complainedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly exporter: OTLPTraceExporter,
    private readonly logger: TracedProcess['logger'],
  ) {}

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    this.exporter.export(spans, (result) => {
      if (result.error) this.complain(spans.length, result.error);
      done(result);
    });
  }

  forceFlush(): Promise<void> {
    return this.exporter.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  private complain(spans: number, error: Error): void {
    this.lost += spans;
    const now = performance.now();
    if (now - this.complainedAt < complainEveryMs) return;
    this.logger.warn({ spans: this.lost, error: error.message }, 'the collector does not take traces: spans are lost');
    this.complainedAt = now;
    this.lost = 0;
  }
}

function samplerOf({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio }: TracingConfig): Sampler {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  }
}

function under(parent: string | undefined): Context {
  const context = parent === undefined ? undefined : contextOf(parent);
  return context ? trace.setSpanContext(ROOT_CONTEXT, context) : ROOT_CONTEXT;
}

function contextOf(traceparent: string): SpanContext {
  const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-');
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}
