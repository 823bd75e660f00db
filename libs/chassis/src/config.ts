import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** What is wrong with a process's configuration; `message` names every variable at fault. */
export class ConfigError extends Error {}

/**
 * Reads configuration from environment variables. `NAME_FILE` may hold the path of a file with the value of `NAME`,
 * as secrets are mounted. Throws ConfigError with all faults at once.
 */
export function readConfig<T extends z.ZodObject>(schema: T, environment: NodeJS.ProcessEnv): z.output<T> {
  const values: Record<string, string> = {};
  for (const key of Object.keys(schema.shape)) {
    const file = environment[`${key}_FILE`];
    const value = file === undefined ? environment[key] : readFileSync(file, 'utf8').trim();
    if (value !== undefined && value !== '') values[key] = value;
  }
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(`configuration is not usable:\n${faults.join('\n')}`);
}

const list = z.string().transform((text) => text.split(',').map((item) => item.trim()));

/** What every service needs, whichever way it is run. */
export const serviceConfig = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535),
  BIND: z.string().default('127.0.0.1'),
  /** An address that all replicas on this machine listen on beside their own; the kernel shares out its connections. */
  SHARED_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  DATABASE_POOL: z.coerce.number().int().min(2).default(8),
  /** One of the two: Kafka's addresses, or the database of the embedded log. */
  KAFKA_BROKERS: list.optional(),
  LOG_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  TOPIC_PREFIX: z.string().default(''),
  /** Public keys (JWKS) of the gateway that mints identities. */
  IDENTITY_JWKS: z
    .string()
    .transform((text) => JSON.parse(text) as unknown)
    .pipe(z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) })),
  /** Signs list cursors. */
  CURSOR_KEY: z.string().min(16),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
});
export type ServiceConfig = z.output<typeof serviceConfig>;
