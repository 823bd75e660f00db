import { serviceConfig } from '@signalbox/chassis';
import { z } from 'zod';

export const planningConfig = serviceConfig.extend({
  /** Where mirrors of repositories are kept; losing it costs a fetch. */
  MIRROR_DIRECTORY: z.string().min(1),
  /** Whether repositories may be folders of this machine; elsewhere they are read over https and ssh only. */
  ALLOW_LOCAL_REPOSITORIES: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
  HOME: z.string().default('/tmp'),
});
export type PlanningConfig = z.output<typeof planningConfig>;
