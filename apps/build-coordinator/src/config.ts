import { serviceConfig } from '@signalbox/chassis';
import { baseUrl } from '@signalbox/domain';
import { z } from 'zod';

export const buildCoordinatorConfig = serviceConfig.extend({
  /** Where runners, deployer and host reach this service. */
  PUBLIC_URL: baseUrl,
  /** Artifacts and test reports, by digest. */
  STORE_DIRECTORY: z.string().min(1),
  /** Signs the store's URLs; the deployer has the same. */
  STORE_KEY: z.string().min(16),
  /** What runners identify themselves with; several, separated by commas, so that a key can be replaced. */
  RUNNER_KEYS: z
    .string()
    .transform((keys) => keys.split(',').map((key) => key.trim()))
    .pipe(z.array(z.string().min(16)).min(1)),
});
export type BuildCoordinatorConfig = z.output<typeof buildCoordinatorConfig>;
