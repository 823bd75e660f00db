import { parsedJson } from '@signalbox/chassis';
import { readConfig } from '@signalbox/domain';
import { z } from 'zod';

const environment = z.object({
  /** Each service's variables: `{"planning": {"PORT": "4601", …}, …}`; in a file (0600), for there are secrets among them. */
  PLATFORM_SERVICES: z
    .string()
    .transform(parsedJson)
    .pipe(z.record(z.string(), z.record(z.string(), z.string()))),
});

export type ServiceVariables = Record<string, Record<string, string>>;

/** The variables of every service that this process hosts. */
export function readServiceVariables(variables: NodeJS.ProcessEnv): ServiceVariables {
  return readConfig(environment, variables).PLATFORM_SERVICES;
}
