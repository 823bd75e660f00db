import type { Evaluated } from './tests-passed.js';

/** One policy's answer for one build, with what it was made from. Never changed. */
export interface Evaluation extends Evaluated {
  id: string;
  buildId: string;
  releaseId: string;
  application: string;
  version: string;
  policy: string;
  at: string;
}
