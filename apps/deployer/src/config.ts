import { serviceConfig } from '@signalbox/chassis';
import { baseUrl } from '@signalbox/domain';
import { z } from 'zod';

export const deployerConfig = serviceConfig.extend({
  /** Control address of the host and its key. */
  HOST_URL: baseUrl,
  HOST_KEY: z.string().min(16),
  /** Where hosts fetch artifacts, and the key that signs the addresses. */
  STORE_URL: baseUrl,
  STORE_KEY: z.string().min(16),
  /** Encrypts secrets at rest; losing it loses them. */
  SECRET_KEY: z.string().min(32),
});
export type DeployerConfig = z.output<typeof deployerConfig>;
