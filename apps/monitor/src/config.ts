import { flag, serviceConfig } from '@signalbox/chassis';
import { z } from 'zod';

export const monitorConfig = serviceConfig.extend({
  /** Whether metrics may be read from private addresses. */
  ALLOW_PRIVATE: flag(false),
  /** What the host asks of those who read its metrics. */
  HOST_KEY: z.string().min(16),
});
export type MonitorConfig = z.output<typeof monitorConfig>;
