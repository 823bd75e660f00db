import type { RuleState } from './approval.js';
import type { Release, StageState } from './release.js';

/** A stage; one that asks for approval with what was given. */
export type ShownStage = StageState & { approvals?: RuleState[] };

/** What is asked of people before a release goes on. */
export interface Approvals {
  /** Of scope, plan and digest: what a vote is for. */
  planHash: string;
  /** Of the approve stage that is next. */
  approvals: RuleState[];
  votes: { name: string; at: string; stage?: string }[];
  stages: ShownStage[];
}

/** A release as REST answers it: its stages in order. */
export type ShownRelease = Omit<Release, 'stages' | 'definition' | 'votes'> & Approvals;
