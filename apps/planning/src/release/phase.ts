import { hasEnded, stageKey } from '@signalbox/domain';
import { rollbacksOf } from './release.js';
import type { PlanGroup, Release, StageState } from './release.js';

/** The environments that are deployed to together with this one, itself among them, in the order of the plan. */
export function phaseOf(release: Release, environment: string): string[] {
  const group = release.groups.find(({ stages }) => stages.includes(stageKey('deploy', environment)));
  return environmentsOfGroup(release, group);
}

function environmentsOfGroup({ stages }: Release, group: PlanGroup | undefined): string[] {
  return (group?.stages ?? []).flatMap((key) => stages[key]?.environment ?? []);
}

/** The stage that breaks the group's rule; undefined when enough have succeeded. */
export function groupFailure(release: Release, group: PlanGroup): StageState | undefined {
  const stages = stagesOf(release, group);
  const good = stages.filter((stage) => isGood(release, stage)).length;
  return good >= needed(group)
    ? undefined
    : stages.find((stage) => stage.status !== 'succeeded' && stage.status !== 'skipped');
}

/**
 * Whether a release goes on although it is taken back in this environment: the others of its phase may still be as many
 * as the phase requires (`{minimum: 1}` of two), and one of them is left. They are what the release delivers then, so they
 * are watched on and nothing is taken back there. Without them the phase has failed, and all of it goes back.
 */
export function goesOnWithout(release: Release, environment: string): boolean {
  if (release.status !== 'running' || release.cancelRequested) return false;
  const phase = phaseOf(release, environment);
  const mayBeGood = (stage: StageState) => !hasEnded(stage.status) || isGood(release, stage);
  return release.groups
    .filter((group) => isOfPhase(release, group, phase))
    .every((group) => {
      const others = stagesOf(release, group).filter((stage) => stage.environment !== environment);
      return others.filter(mayBeGood).length >= Math.max(needed(group), isDeployed(release, group) ? 1 : 0);
    });
}

function isDeployed(release: Release, { stages }: PlanGroup): boolean {
  return stages.some((key) => release.stages[key]?.kind === 'deploy');
}

/** An approval belongs to a phase, which may be named like an environment. */
function isOfPhase(release: Release, group: PlanGroup, phase: readonly string[]): boolean {
  return stagesOf(release, group).some(
    ({ kind, environment }) => kind !== 'approve' && environment !== undefined && phase.includes(environment),
  );
}

function stagesOf(release: Release, group: PlanGroup): StageState[] {
  return group.stages.flatMap((key) => release.stages[key] ?? []);
}

function needed({ require, stages }: PlanGroup): number {
  if (require === 'all') return stages.length;
  return require === 'optional' ? 0 : require.minimum;
}

/** Skipped because its deployment failed, a test has verified nothing; nor does it count where the release is taken back. */
function isGood(release: Release, { status, reason, environment }: StageState): boolean {
  if (environment !== undefined && isTakenBackIn(release, environment)) return false;
  return status === 'succeeded' || (status === 'skipped' && reason !== 'nothing_deployed');
}

/** Taken back, or being taken back, and not deployed again since. */
function isTakenBackIn(release: Release, environment: string): boolean {
  const deployed = release.stages[stageKey('deploy', environment)]?.requestedAt ?? '';
  return rollbacksOf(release).some(
    (rollback) =>
      rollback.environment === environment &&
      (rollback.endedAt === undefined || rollback.outcome === 'succeeded') &&
      rollback.requestedAt >= deployed,
  );
}
