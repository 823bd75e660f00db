import { eventSources, limits } from '@signalbox/domain';
import { tracingVariables } from '@signalbox/messaging/otel';
import { z } from 'zod';
import { flag } from './flag.js';
import { brokerAddresses, kafkaVariables, topicPrefix } from './kafka-config.js';

/** For `transform`: what is no JSON is told with the variable's name and without its value, which may be a secret. */
export function parsedJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue({ code: 'custom', message: 'is no JSON' });
    return z.NEVER;
  }
}

/** What every service needs, whichever way it is run. */
export const serviceConfig = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535),
  BIND: z.string().default('127.0.0.1'),
  /** An address that all replicas on this machine listen on beside their own; the kernel shares out its connections. */
  SHARED_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  DATABASE_POOL: limits.DATABASE_POOL,
  /** One of the two: Kafka's addresses, or the database of the embedded log. */
  KAFKA_BROKERS: brokerAddresses.optional(),
  LOG_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  TOPIC_PREFIX: topicPrefix.default(''),
  ...kafkaVariables,
  /** Who outside may send events, the same for all services: `jenkins=https://ci.example.org/,argo=/argo`. */
  EVENT_SOURCES: eventSources,
  /**
   * Whether a start brings database and topics up to date. Where `migrate` is a step of its own, `false` saves services
   * the rights it needs; they wait for the topics, and refuse a database that is behind.
   */
  MIGRATE_AT_START: flag(true),
  /** Public keys (JWKS) of the gateway that mints identities. */
  IDENTITY_JWKS: z
    .string()
    .transform(parsedJson)
    .pipe(z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) })),
  /** Signs list cursors. */
  CURSOR_KEY: z.string().min(16),
  /** Shown as `signalbox_build_info`. */
  BUILD_VERSION: z.string().default('unknown'),
  BUILD_COMMIT: z.string().default('unknown'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  ...tracingVariables,
});
export type ServiceConfig = z.output<typeof serviceConfig>;

/** What the step `migrate database` needs of it. */
export const databaseStepConfig = serviceConfig.pick({ DATABASE_URL: true });

/** What the step `migrate topics` needs of it. */
export const topicsStepConfig = serviceConfig
  .pick({ KAFKA_BROKERS: true, LOG_DATABASE_URL: true, TOPIC_PREFIX: true, EVENT_SOURCES: true })
  .extend(kafkaVariables);
export type TopicsStepConfig = z.output<typeof topicsStepConfig>;
