import { readConfig } from '@signalbox/domain';
import { z } from 'zod';
import type { Logger } from './ports.js';
import type { Tracer } from './tracing.js';

export { isTraceparent } from './tracing.js';
export type { Tracer } from './tracing.js';

const count = (byDefault: number) => z.coerce.number().int().min(1).default(byDefault);
const collector = z.url({ protocol: /^https?$/ }).optional();
const protocol = z.literal('http/protobuf', { error: 'only http/protobuf is spoken here' }).optional();
const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/**
 * OpenTelemetry's standard variables that decide whether and which spans are made. The exporter reads the others by
 * itself: headers, certificates, timeout, compression, and where the collector is.
 */
export const tracingVariables = {
  OTEL_SDK_DISABLED: z
    .string()
    .default('false')
    .transform((text) => text.toLowerCase() === 'true'),
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'none']).default('otlp'),
  OTEL_EXPORTER_OTLP_ENDPOINT: collector,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector,
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol,
  OTEL_SERVICE_NAME: z.string().optional(),
  OTEL_TRACES_SAMPLER: z.enum(samplers).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  /** Spans wait this long for others, in milliseconds; those beyond the queue's size are dropped. */
  OTEL_BSP_SCHEDULE_DELAY: count(2_000),
  OTEL_BSP_MAX_QUEUE_SIZE: count(2_048),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: count(512),
};
export type TracingConfig = z.output<z.ZodObject<typeof tracingVariables>>;

/** For a process whose configuration is read otherwise. Throws ConfigError with all faults at once. */
export function readTracing(variables: NodeJS.ProcessEnv): TracingConfig {
  return readConfig(z.object(tracingVariables), variables);
}

export interface TracedProcess {
  /** `service.name` */
  readonly service: string;
  readonly version: string;
  readonly messagingSystem: string;
  readonly logger: Pick<Logger, 'warn'>;
}

/** Undefined, and nothing of the SDK loaded, unless a collector is named. */
export async function openTracer(config: TracingConfig, of: TracedProcess): Promise<Tracer | undefined> {
  const isNamed = config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? config.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (config.OTEL_SDK_DISABLED || config.OTEL_TRACES_EXPORTER === 'none' || isNamed === undefined) return undefined;
  const { OtelTracer } = await import('./otel-tracer.js');
  return new OtelTracer(config, of);
}
