import { durationMs, taskrunId } from '@signalbox/domain';
import type { StageRequest, TaskSpec } from '@signalbox/domain';
import { v5 as uuidOf } from 'uuid';
import type { Build } from './build.js';

const ids = '3f0a3c0e-7d4b-5f3e-9a51-6d8f1f6f2c10';

/** Ids follow from the attempt, so that a request that comes twice starts one build. */
export function buildIdOf(releaseId: string, stage: string, attempt: number): string {
  return `bld_${uuidOf(taskrunId(releaseId, stage, attempt), ids)}`;
}

export function taskIdOf(buildId: string): string {
  return `tsk_${uuidOf(buildId, ids)}`;
}

export function evaluationIdOf(buildId: string, policy: string): string {
  return `evl_${uuidOf(`${buildId}:${policy}`, ids)}`;
}

export function buildOf(request: StageRequest, requestEventId: string, now: Date): Build {
  const { releaseId, application, team, version, commit, stage, attempt, definition } = request;
  const id = buildIdOf(releaseId, stage, attempt);
  const policy = definition.policies.find(({ name }) => name === 'tests-passed');
  return {
    id,
    releaseId,
    application,
    team,
    version,
    commit,
    of: { releaseId, stage, attempt, requestEventId },
    taskId: taskIdOf(id),
    ...(definition.build.junit && { junit: definition.build.junit }),
    ...(policy && { minPassed: policy.min }),
    status: 'queued',
    queuedAt: now.toISOString(),
  };
}

/** What the runner has to do for it. */
export function specOf({ application, version, commit, repository, definition }: StageRequest): TaskSpec {
  const { steps, outputs, junit } = definition.build;
  return {
    kind: 'build',
    application,
    version,
    commit,
    repository,
    ...(steps && { steps: steps.map(({ run, env, timeout }) => ({ run, env, timeoutMs: durationMs(timeout) })) }),
    outputs,
    ...(junit && { junit }),
  };
}
