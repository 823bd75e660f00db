import { z } from 'zod';

export const stageKinds = ['build', 'deploy', 'test', 'approve', 'monitor', 'feedback'] as const;
export type StageKind = (typeof stageKinds)[number];

export const stageStatuses = [
  'pending',
  'blocked',
  'requested',
  'running',
  'cancelling',
  'succeeded',
  'failed',
  'errored',
  'cancelled',
  'skipped',
] as const;
export type StageStatus = (typeof stageStatuses)[number];

/** Failed: the answer is no. Errored: we could not find out. */
export const outcomes = ['succeeded', 'failed', 'errored', 'cancelled'] as const;
export const outcome = z.enum(outcomes);
export type Outcome = z.infer<typeof outcome>;

/** The words CDEvents uses for the same outcomes. */
export const standardOutcome = z.enum(['success', 'failure', 'error', 'cancel']);
export type StandardOutcome = z.infer<typeof standardOutcome>;
export const cdOutcome: Record<Outcome, StandardOutcome> = {
  succeeded: 'success',
  failed: 'failure',
  errored: 'error',
  cancelled: 'cancel',
};

/** Which status may follow which. A retry takes an ended stage back to `pending`. */
export const stageTransitions: Record<StageStatus, readonly StageStatus[]> = {
  pending: ['blocked', 'requested', 'running', 'succeeded', 'skipped', 'cancelled'],
  blocked: ['pending', 'requested', 'running', 'succeeded', 'skipped', 'cancelled', 'failed'],
  requested: ['running', 'cancelling', 'blocked', 'succeeded', 'failed', 'errored', 'cancelled', 'skipped'],
  running: ['cancelling', 'blocked', 'succeeded', 'failed', 'errored', 'cancelled', 'skipped'],
  cancelling: ['blocked', 'succeeded', 'failed', 'errored', 'cancelled', 'skipped'],
  succeeded: ['pending'],
  failed: ['pending'],
  errored: ['pending', 'failed'],
  cancelled: ['pending'],
  skipped: ['pending'],
};

export const releaseStatuses = [
  'draft',
  'planned',
  'running',
  'completed',
  'failed',
  'rolled_back',
  'cancelled',
] as const;
export type ReleaseStatus = (typeof releaseStatuses)[number];

export const releaseTransitions: Record<ReleaseStatus, readonly ReleaseStatus[]> = {
  draft: ['planned', 'failed', 'cancelled'],
  planned: ['running', 'cancelled'],
  running: ['completed', 'failed', 'rolled_back', 'cancelled'],
  completed: ['rolled_back'],
  failed: ['running'],
  rolled_back: [],
  cancelled: [],
};

export function hasEnded(status: StageStatus): boolean {
  return ['succeeded', 'failed', 'errored', 'cancelled', 'skipped'].includes(status);
}

/** `build`, `deploy-staging`, `approve-production`: one name for URLs, events and folders. */
export function stageKey(kind: StageKind, environment?: string): string {
  return environment === undefined ? kind : `${kind}-${environment}`;
}

/** The CDEvents subject of one attempt. */
export function taskrunId(releaseId: string, stage: string, attempt: number): string {
  return `${releaseId}:${stage}:${attempt}`;
}
