import { z } from 'zod';

/** What operators may set of how much a process takes upon itself; each is read where it is of use. */
export const limits = {
  /** Requests per principal in ten seconds. */
  RATE_LIMIT: z.coerce.number().int().min(1).default(1_000),
  /** Connections of a service's process to its database. */
  DATABASE_POOL: z.coerce.number().int().min(2).default(8),
  /** Tasks that a runner works on at once. */
  RUNNER_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(2),
};
