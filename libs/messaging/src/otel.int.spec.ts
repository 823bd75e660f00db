import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Collector, eventually } from '@signalbox/testing';
import { openTracer, readTracing } from './otel.js';
import type { Tracer } from './tracing.js';

const kept = `00-${'a'.repeat(32)}-${'1'.repeat(16)}-01`;
const dropped = `00-${'a'.repeat(32)}-${'1'.repeat(16)}-00`;
let collector: Collector;
let warnings: string[];

beforeEach(async () => {
  collector = await Collector.start();
  warnings = [];
});
afterEach(async () => {
  delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  await collector.stop();
});

/** As a process would from its environment, which the exporter reads by itself. */
async function open(variables: Record<string, string> = {}, url = collector.url): Promise<Tracer> {
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = url;
  const config = readTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: url, ...variables });
  const told = warnings;
  const logger = {
    warn: (fields: object, message: string) => void told.push(`${message} ${JSON.stringify(fields)}`),
  };
  const tracer = await openTracer(config, { service: 'planning', version: '1.2.3', messagingSystem: 'kafka', logger });
  if (!tracer) throw new Error('traces are off');
  return tracer;
}

function spin(tracer: Tracer, count: number): void {
  for (let each = 0; each < count; each += 1) tracer.start({ name: `step ${each}`, kind: 'internal' }).end();
}

describe('spans', () => {
  it('reach the collector with what they tell, at the latest when the process stops', async () => {
    const tracer = await open();
    const span = tracer.start({
      name: 'create t',
      kind: 'producer',
      parent: kept,
      link: dropped,
      attributes: { a: 1 },
    });
    span.set({ b: 'two' });
    span.fail(new Error('first line\nsecond'));
    span.end();
    await tracer.close(5_000);
    expect(collector.spans).toMatchObject([
      {
        service: 'planning',
        traceId: 'a'.repeat(32),
        spanId: span.traceparent.split('-')[2],
        parentId: '1'.repeat(16),
        name: 'create t',
        kind: 4,
        attributes: { a: 1, b: 'two', 'error.type': 'Error' },
        isError: true,
        linksTo: ['a'.repeat(32)],
      },
    ]);
  });

  it('of a trace that its beginner does not keep are not sent, and those who go on are told so', async () => {
    const tracer = await open();
    const span = tracer.start({ name: 'a', kind: 'server', parent: dropped });
    span.end();
    expect(span.traceparent).toMatch(/^00-a{32}-[0-9a-f]{16}-00$/);
    await tracer.close(5_000);
    expect(collector.requests).toBe(0);
  });

  it('follow OTEL_TRACES_SAMPLER where a trace begins, and its beginner where it goes on', async () => {
    const tracer = await open({ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' });
    const root = tracer.start({ name: 'root', kind: 'server' });
    root.end();
    expect(root.traceparent).toMatch(/-00$/);
    tracer.start({ name: 'went on', kind: 'server', parent: kept }).end();
    await tracer.close(5_000);
    expect(collector.spans.map(({ name }) => name)).toEqual(['went on']);
  });
});

describe('a collector that', () => {
  it('hangs costs nobody anything: spans beyond the queue are dropped, a stop takes no longer than it may', async () => {
    collector.status = undefined;
    const tracer = await open({ OTEL_BSP_MAX_QUEUE_SIZE: '100', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '50' });
    const beganAt = performance.now();
    spin(tracer, 20_000);
    expect(performance.now() - beganAt).toBeLessThan(2_000);
    await eventually(() => collector.requests > 0, { what: 'the first batch to be sent' });
    const stoppingAt = performance.now();
    await tracer.close(300);
    expect(performance.now() - stoppingAt).toBeLessThan(1_500);
    // One batch in flight, and a full queue.
    expect(collector.requests).toBeLessThanOrEqual(3);
  });

  it('is away is told to the log, once', async () => {
    const tracer = await open({ OTEL_BSP_SCHEDULE_DELAY: '10' }, 'http://127.0.0.1:9');
    spin(tracer, 3);
    await eventually(() => warnings.length > 0, { what: 'the log to be told' });
    spin(tracer, 3);
    await tracer.close(2_000);
    expect(warnings).toEqual([
      'the collector does not take traces: spans are lost {"spans":3,"error":"connect ECONNREFUSED 127.0.0.1:9"}',
    ]);
  });

  it('refuses is told to the log with its answer', async () => {
    collector.status = 400;
    const tracer = await open();
    spin(tracer, 2);
    await tracer.close(2_000);
    expect(warnings).toEqual([expect.stringMatching(/spans are lost \{"spans":2,"error":"Bad Request"\}/)]);
  });
});

describe('traces are off', () => {
  const off: Record<string, Record<string, string>> = {
    'without a collector': {},
    'with an empty one': { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    'by OTEL_SDK_DISABLED': { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_SDK_DISABLED: 'TRUE' },
    'by OTEL_TRACES_EXPORTER': { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_TRACES_EXPORTER: 'none' },
  };
  it.each(Object.keys(off))('%s', async (how) => {
    const of = { service: 'planning', version: '1', messagingSystem: 'kafka', logger: { warn: () => undefined } };
    expect(await openTracer(readTracing(off[how] ?? {}), of)).toBeUndefined();
  });

  it('what is asked for and not there is refused with what there is', () => {
    const asked = {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_TRACES_SAMPLER: 'jaeger_remote',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317',
    };
    const fault = () => readTracing(asked);
    expect(fault).toThrow(/^configuration is not usable:\n {2}OTEL_EXPORTER_OTLP_ENDPOINT: is not a URL$/m);
    expect(fault).toThrow(/^ {2}OTEL_EXPORTER_OTLP_PROTOCOL: only http\/protobuf is spoken here$/m);
    expect(fault).toThrow(/^ {2}OTEL_TRACES_SAMPLER: one of always_on, /m);
  });
});
