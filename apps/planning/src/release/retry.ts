import { DomainError, releaseTransitions, stageKey, stageTransitions } from '@signalbox/domain';
import type { Actor } from '@signalbox/domain';
import type { Advance } from './advance.js';
import { phaseOf } from './phase.js';
import { nameOf, rollbacksOf, withFreshStage, withStage, withStatus } from './release.js';
import type { Release, StageState } from './release.js';
import type { World } from './world.js';

const maxAttempts = 3;
export const retryDelayMs = 5_000;

/** Policy: what errored is tried again, soon and not for ever; a deployment never by itself. */
export function retryByPolicy(state: Advance, key: string, now: Date): Advance {
  const stage = state.next.stages[key];
  const errored = (stage?.errored ?? 0) + 1;
  if (stage?.status !== 'errored' || stage.kind === 'deploy' || errored >= maxAttempts) return state;
  const next = withStage(state.next, key, {
    status: 'pending',
    errored,
    blockedSince: undefined,
    notBefore: new Date(now.getTime() + retryDelayMs).toISOString(),
    detail: `attempt ${stage.attempt} errored${stage.detail ? `: ${stage.detail}` : ''}`,
  });
  return { ...state, next };
}

export type RetriedBy = Actor & { reason: string };

/**
 * A person's retry of a stage that broke the release: it and every later stage start again. Where another release has
 * been deployed meanwhile, it begins with the deployment.
 */
export function retryStage(release: Release, key: string, retriedBy: RetriedBy, slots: World['slots']): Release {
  if (release.status !== 'failed') {
    const detail = `${nameOf(release)} is ${release.status}: only a failed release is retried`;
    throw illegal(detail, releaseTransitions[release.status]);
  }
  const stage = release.stages[key];
  if (!stage) {
    const known = Object.keys(release.stages).join(', ');
    throw new DomainError('not_found', `${nameOf(release)} has no stage ${key}; it has ${known}`);
  }
  if (!['failed', 'errored', 'cancelled'].includes(stage.status))
    throw illegal(`${key} is ${stage.status}: only what failed or errored is retried`, stageTransitions[stage.status]);
  const first = firstAgain(release, stage, slots);
  const from = release.groups.findIndex((group) => group.stages.includes(first));
  const later = release.groups.slice(from + 1).flatMap((group) => group.stages);
  const { cause: _, endedAt: __, notTakenBack: ___, ...rest } = withStatus(release, 'running');
  const begun = withFreshStage(rest, first, { status: 'pending', detail: `retried: ${retriedBy.reason}`, retriedBy });
  const others = new Set([...later, ...undone(release, stage, slots)]);
  others.delete(first);
  return [...others].reduce((next, name) => withFreshStage(next, name, { status: 'pending' }), begun);
}

/**
 * What the end of its phase has undone: stages that were left out, and all of an environment where what ran before is live
 * again. Where the phase had enough without an environment it stays as it is.
 */
function undone(release: Release, { environment: own = '' }: StageState, slots: World['slots']): string[] {
  const phase = phaseOf(release, own);
  const rollbacks = rollbacksOf(release).filter(({ environment, goesOn }) => phase.includes(environment) && !goesOn);
  const isBack = (environment: string) => {
    const live = slots[environment]?.current;
    const isDone = rollbacks.some(
      (rollback) => rollback.environment === environment && rollback.outcome === 'succeeded',
    );
    return isDone && live !== undefined && live.releaseId !== release.id;
  };
  const isLeftOut = ({ environment = '', status, reason }: StageState) =>
    status === 'skipped' &&
    reason === 'rolled_back' &&
    rollbacks.some((rollback) => rollback.environment === environment);
  return Object.values(release.stages)
    .filter((stage) => stage.kind !== 'approve' && (isLeftOut(stage) || isBack(stage.environment ?? '')))
    .map(({ key }) => key);
}

/** A test or watch looks at what is live: when that is another release's, this one is deployed again before. */
function firstAgain(release: Release, { key, kind, environment }: StageState, slots: World['slots']): string {
  // An approval belongs to a phase, which may be named like an environment.
  if (kind === 'approve') return key;
  const live = environment === undefined ? undefined : slots[environment]?.current;
  const deploy = stageKey('deploy', environment);
  return live && live.releaseId !== release.id && release.stages[deploy] ? deploy : key;
}

function illegal(detail: string, allowedTransitions: readonly string[]): DomainError {
  return new DomainError('conflict', detail, { reason: 'illegal_transition', allowedTransitions });
}
