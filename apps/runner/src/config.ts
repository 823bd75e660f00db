import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { baseUrl, limits } from '@signalbox/domain';
import { z } from 'zod';

export const runnerConfig = z.object({
  COORDINATOR_URL: baseUrl,
  RUNNER_KEY: z.string().min(16),
  RUNNER_NAME: z.string().min(1).max(100).default(hostname()),
  /** This runner's own: workspaces and caches; what is left of an earlier run is ended and removed. */
  RUNNER_DIRECTORY: z
    .string()
    .min(1)
    .transform((path) => resolve(path)),
  /**
   * In place of that folder; one of this runner's own in it, `signalbox-runner`, is emptied at every start: no two runners
   * share it. No folder around it should have packages: steps would find them.
   */
  RUNNER_WORKSPACES: z
    .string()
    .min(1)
    .transform((path) => resolve(path))
    .optional(),
  RUNNER_CONCURRENCY: limits.RUNNER_CONCURRENCY,
  BUILD_VERSION: z.string().default('unknown'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
});
export type RunnerConfig = z.output<typeof runnerConfig>;
