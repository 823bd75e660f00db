import type {
  AnalysisConfig,
  Blocker,
  CanaryStep,
  EffectiveManifest,
  Judgement,
  Running,
  StageAttempt,
  StageRequest,
} from '@signalbox/domain';
import { durationMs } from '@signalbox/domain';
import type { Facts } from './facts.js';

const unreachedPatienceMs = 60_000;

export type PauseReason = 'gate_closed' | 'analysis_inconclusive' | 'analysis_silent' | 'pause' | 'manual_gate';

/** How a rollout stands. Only `stepping` and `paused` look at steps; nothing leaves `ended`. */
export const deploymentStatuses = [
  'waiting',
  'starting',
  'stepping',
  'paused',
  'finishing',
  'taking_back',
  'ended',
] as const;
export type DeploymentStatus = (typeof deploymentStatuses)[number];

export interface Ending {
  outcome: 'succeeded' | 'failed' | 'errored' | 'cancelled';
  reason?: string;
  detail?: string;
  retryAfter?: string;
  blockers?: Blocker[];
  lastLines?: string[];
}

export interface Deployment {
  id: string;
  of: StageAttempt;
  application: string;
  environment: string;
  team: string;
  /** The release that is deployed; in a rollback the one that comes back. */
  running: Running;
  mode: 'forward' | 'rollback';
  reason?: string;
  definition: EffectiveManifest;
  expectedCurrent?: Running;
  steps: CanaryStep[];
  status: DeploymentStatus;
  requestedAt: string;
  startingSince?: string;
  /** Index of the step it is at; `steps.length` when all are done. */
  step: number;
  stepSince?: string;
  /** Index of the step that set the weight, which judgements name. */
  weightStep: number;
  weight: number;
  /** The weight has been above zero: users have seen it. */
  exposed: boolean;
  pausedFor?: { reason: PauseReason; since: string; detail?: string; blockers: Blocker[] };
  /** `metricsUrl`: where it reads; absent in those asked for before it was kept. */
  analysis?: { id: string; requestedAt: string; metricsUrl?: string; last?: Judgement & { at: string } };
  /** A person has asked to go past the present step. */
  promotion?: { by: string; reason: string; full: boolean; teams: string[] };
  /** The promotion that took it past a step, until it is told with the next weight. */
  overridden?: { by: string; reason: string };
  flagged?: string;
  /** What keeps it from starting and may pass. */
  trouble?: string;
  /** Why it is taken back, and since when. */
  back?: Ending & { since: string };
  ended?: Ending & { at: string };
  toldAt?: string;
  told?: string;
}

export function deploymentIdOf(releaseId: string, stage: string, attempt: number): string {
  return `dep_${releaseId.replace(/^rel_/, '')}-${stage}-${attempt}`;
}

/** A rollout as it was asked for; first installations, rollbacks and `recreate` have no steps. */
export function newDeployment(request: StageRequest, of: StageAttempt, now: Date): Deployment {
  const { deploy, artifact, environment } = request;
  if (!deploy || !artifact || environment === undefined)
    throw new Error(`a request to deploy without artifact or environment: ${of.stage}`);
  const settings = request.definition.environments[environment];
  const strategy = settings?.strategy;
  const canary = deploy.mode === 'forward' && strategy && 'canary' in strategy ? strategy.canary.steps : [];
  const id = deploymentIdOf(request.releaseId, request.stage, request.attempt);
  return {
    id,
    of,
    application: request.application,
    environment,
    team: request.team,
    running: {
      releaseId: deploy.targetReleaseId ?? request.releaseId,
      version: request.version,
      digest: artifact.digest,
      purl: artifact.purl,
      deploymentId: id,
      slotVersion: deploy.slotVersion,
    },
    mode: deploy.mode,
    ...(deploy.reason && { reason: deploy.reason }),
    definition: request.definition,
    ...(deploy.expectedCurrent && { expectedCurrent: deploy.expectedCurrent }),
    steps: deploy.expectedCurrent ? canary : [],
    status: 'waiting',
    requestedAt: now.toISOString(),
    step: 0,
    weightStep: 0,
    weight: 0,
    exposed: false,
    ...(canary.length > 0 &&
      !deploy.expectedCurrent && { flagged: 'no baseline: first deployment, health checks only' }),
  };
}

export function analysisOf(deployment: Deployment): AnalysisConfig | undefined {
  return deployment.definition.environments[deployment.environment]?.analysis;
}

export function progressDeadlineMs(deployment: Deployment): number {
  return durationMs(deployment.definition.environments[deployment.environment]?.progressDeadline ?? 'PT10M');
}

/**
 * The progress deadline counts only waiting for readiness, never the judgement. Who was away for longer than that looks
 * first: it may be ready by now. A host that does not answer is given a minute to, not for ever.
 */
export function isLate(deployment: Deployment, since: string | undefined, facts: Facts): boolean {
  const deadlineMs = progressDeadlineMs(deployment);
  if (facts.now.getTime() - Date.parse(since ?? deployment.requestedAt) <= deadlineMs) return false;
  if (facts.hasLooked) return facts.isPut;
  return facts.unreachedForMs !== undefined && facts.unreachedForMs >= Math.min(deadlineMs, unreachedPatienceMs);
}

export function patienceMs(deployment: Deployment): number {
  return durationMs(deployment.definition.environments[deployment.environment]?.approvalTimeout ?? 'PT72H');
}

/** `shop@1.2.0` */
export function nameOf(deployment: Deployment): string {
  return `${deployment.application}@${deployment.running.version}`;
}
