import { serviceConfig } from '@signalbox/chassis';
import { z } from 'zod';

export const planningConfig = serviceConfig.extend({
  /** Where mirrors of repositories are kept; losing it costs a fetch. */
  MIRROR_DIRECTORY: z.string().min(1),
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
  HOME: z.string().default('/tmp'),
});
export type PlanningConfig = z.output<typeof planningConfig>;
