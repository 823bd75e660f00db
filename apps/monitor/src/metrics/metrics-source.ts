import type { Sample } from './counters.js';

/** Where the counters of a slot come from. */
export interface MetricsSource {
  /** @throws Error when they cannot be read now */
  read(url: string): Promise<Sample>;
}
