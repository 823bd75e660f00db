import { readFileSync } from 'node:fs';
import { eventSources } from '@signalbox/domain';
import { tracingVariables } from '@signalbox/messaging/otel';
import { z } from 'zod';
import { ConfigError } from './config-error.js';
import { brokerAddresses, flag, kafkaVariables, topicPrefix } from './kafka-config.js';

/**
 * Reads configuration from environment variables. `NAME_FILE` may hold the path of a file with the value of `NAME`,
 * as secrets are mounted. Throws ConfigError with all faults at once.
 */
export function readConfig<T extends z.ZodObject>(schema: T, environment: NodeJS.ProcessEnv): z.output<T> {
  const values: Record<string, string> = {};
  for (const key of Object.keys(schema.shape)) {
    const file = environment[`${key}_FILE`];
    const value = file === undefined || file === '' ? environment[key] : contentOf(`${key}_FILE`, file);
    if (value !== undefined && value !== '') values[key] = value;
  }
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${faultOf(issue, values)}`);
  throw new ConfigError(`configuration is not usable:\n${faults.join('\n')}`);
}

/** What the schema says of a variable that is missing is about types; a rule of its own speaks for itself. */
function faultOf({ code, path, message }: z.core.$ZodIssue, values: Record<string, string>): string {
  const isMissing = path.length === 1 && !Object.hasOwn(values, String(path[0]));
  return isMissing && code !== 'custom' ? 'is not set' : message;
}

function contentOf(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ConfigError(`configuration is not usable:\n  ${name}: ${(error as Error).message}`);
  }
}

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
  DATABASE_POOL: z.coerce.number().int().min(2).default(8),
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
