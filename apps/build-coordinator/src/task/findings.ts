import type { ReportFound } from '../policy/tests-passed.js';
import type { TaskOutcome } from './task.js';

/** All that is known of a task that is over. */
export interface Findings {
  result: TaskOutcome;
  lastLines: string[];
  report?: ReportFound;
  /** The artifact the runner speaks of is in the store. */
  isArtifactStored: boolean;
}
