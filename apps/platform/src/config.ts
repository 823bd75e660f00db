import { readFileSync } from 'node:fs';
import { ConfigError } from '@signalbox/domain';
import { z } from 'zod';

const environment = z.object({
  /** A file (0600) with each service's variables, as JSON: `{"planning": {"PORT": "4601", …}, …}`. */
  PLATFORM_SERVICES_FILE: z.string().min(1),
});

export type ServiceVariables = Record<string, Record<string, string>>;

/** The variables of every service that this process hosts. */
export function readServiceVariables(variables: NodeJS.ProcessEnv): ServiceVariables {
  const parsed = environment.safeParse(variables);
  if (!parsed.success) throw new ConfigError('configuration is not usable:\n  PLATFORM_SERVICES_FILE is required');
  return JSON.parse(readFileSync(parsed.data.PLATFORM_SERVICES_FILE, 'utf8')) as ServiceVariables;
}
