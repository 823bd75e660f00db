import { serviceConfig } from '@signalbox/chassis';
import { baseUrl } from '@signalbox/domain';
import { z } from 'zod';

export const testOrchestratorConfig = serviceConfig.extend({
  /** Where test reports lie, and the key that signs the addresses. */
  STORE_URL: baseUrl,
  STORE_KEY: z.string().min(16),
});
export type TestOrchestratorConfig = z.output<typeof testOrchestratorConfig>;
