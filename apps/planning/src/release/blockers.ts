import { closedGates, durationMs, stageKey } from '@signalbox/domain';
import type { Blocker } from '@signalbox/domain';
import semver from 'semver';
import { approvalBlockers, ruleStates } from './approval.js';
import { phaseOf } from './phase.js';
import { approvedEnvironments } from './plan.js';
import { artifactOf, nameOf } from './release.js';
import type { Release, StageState } from './release.js';
import type { World } from './world.js';

/** Everything that keeps a stage from being requested now; empty: it may go. */
export function stageBlockers(release: Release, stage: StageState, world: World): Blocker[] {
  const gates = gateBlockers(release, stage, world);
  const later = notBefore(stage, world.now);
  if (stage.kind === 'approve')
    return [
      ...gates,
      ...later,
      ...approvalBlockers(release, stage, ruleStates(release, stage.key, world.protection), world.now),
    ];
  if (stage.environment === undefined) return [...gates, ...later];
  if (stage.kind !== 'deploy') return [...gates, ...later, ...heldByAnother(release, stage.environment, world)];
  const slot = slotBlockers(release, stage.environment, world);
  return [
    ...gates,
    ...later,
    ...unasked(release, stage.environment, world),
    ...soaking(release, stage, world),
    ...(slot.length > 0 ? slot : phaseBlockers(release, stage.environment, world)),
  ];
}

/** Since when a stage waits for each of these, by code: what was there before goes on, whatever came or went beside it. */
export function waitsSince(stage: StageState, blockers: readonly Blocker[], at: string): Record<string, string> {
  const before = new Set(stage.blockers.map(({ code }) => code));
  const since = (code: string) => (before.has(code) && (stage.waitsSince?.[code] ?? stage.blockedSince)) || at;
  return Object.fromEntries(blockers.map(({ code }) => [code, since(code)]));
}

/**
 * The environment was protected after this release was planned: its plan has no approve stage before this deployment, so
 * nobody was asked, and nobody will be.
 */
function unasked(release: Release, environment: string, { protection }: World): Blocker[] {
  if ((protection[environment]?.length ?? 0) === 0) return [];
  const isAsked = Object.values(release.stages).some(
    ({ kind, key, status }) =>
      kind === 'approve' && status !== 'skipped' && approvedEnvironments(release, key).includes(environment),
  );
  if (isAsked) return [];
  return [
    {
      code: 'approval_missing',
      detail: `${environment} is protected since this was planned; a new release asks`,
      who: 'a developer',
      command: `release cancel ${nameOf(release)}`,
    },
  ];
}

/** Holds stop every stage; windows and quarantine guard what enters an environment. */
function gateBlockers(release: Release, stage: StageState, world: World): Blocker[] {
  const digest = artifactOf(release)?.digest;
  const subject = {
    application: release.application,
    environment: stage.environment ?? '',
    releaseId: release.id,
    ...(digest && { digest }),
  };
  const closed = closedGates(subject, world.gates, world.now);
  return closed
    .filter((gate) => gate.code === 'held' || stage.kind === 'deploy')
    .map((gate) => {
      const { inFlight: _, ...blocker } = gate;
      return blocker;
    });
}

function notBefore(stage: StageState, now: Date): Blocker[] {
  if (stage.notBefore === undefined || new Date(stage.notBefore) <= now) return [];
  return [
    {
      code: 'retry_waits',
      detail: stage.detail ?? `attempt ${stage.attempt + 1} follows`,
      liftsAt: stage.notBefore,
      who: 'nobody: it goes on by itself',
    },
  ];
}

/** A release may enter an environment when it was verified upstream for long enough. */
function soaking(release: Release, stage: StageState, world: World): Blocker[] {
  const soakMs = durationMs(release.definition?.environments[stage.environment ?? '']?.soak ?? 'PT0S');
  const verified = Object.values(release.stages)
    .filter((other) => other.kind === 'test' && other.status === 'succeeded' && other.endedAt !== undefined)
    .map((other) => Date.parse(other.endedAt ?? ''));
  const liftsAt = Math.max(0, ...verified) + soakMs;
  if (soakMs === 0 || verified.length === 0 || liftsAt <= world.now.getTime()) return [];
  return [
    {
      code: 'soaking',
      detail: `soaks ${soakMs / 1000}s after its tests`,
      liftsAt: new Date(liftsAt).toISOString(),
      who: 'nobody: it lifts by itself',
    },
  ];
}

function slotBlockers(release: Release, environment: string, world: World): Blocker[] {
  const slot = world.slots[environment];
  if (!slot) return [];
  const current = slot.current;
  if (current && semver.valid(current.version) && semver.lt(release.version, current.version)) {
    return [
      {
        code: 'would_downgrade',
        detail: `${current.version} is live in ${environment}, which is newer`,
        who: 'a developer',
        command: `release cancel ${release.application}@${release.version}; to go back: rollback ${release.application} --env ${environment} --reason R`,
      },
    ];
  }
  const held = heldByAnother(release, environment, world);
  const ahead = world.queuedAhead[environment];
  return held.length > 0 || ahead === undefined ? held : [busyWith(release, ahead, 'is first in the queue')];
}

/**
 * Of the environments of its phase a release takes all or none: two that have one each would wait for each other. A code of
 * its own, for who waits for another environment is not in the queue of this one. Gates do not count, they lift.
 */
function phaseBlockers(release: Release, environment: string, world: World): Blocker[] {
  const toCome = phaseOf(release, environment).filter((other) => {
    const status = release.stages[stageKey('deploy', other)]?.status;
    return other !== environment && (status === 'pending' || status === 'blocked');
  });
  return toCome.flatMap((other) =>
    slotBlockers(release, other, world).map((blocker) => ({
      ...blocker,
      code: 'phase_busy',
      detail: `${other}: ${blocker.detail}`,
    })),
  );
}

function heldByAnother(release: Release, environment: string, world: World): Blocker[] {
  const holder = world.slots[environment]?.holder;
  if (!holder || holder.releaseId === release.id) return [];
  const does = world.holderDoes[environment] ?? 'ends';
  return [busyWith(release, holder.version, does === 'monitors' ? 'monitors and makes way' : does)];
}

function busyWith({ application }: Release, version: string, does: string): Blocker {
  return {
    code: 'environment_busy',
    detail: `${application}@${version} ${does}`,
    who: 'nobody: it goes on when that has ended',
    command: `release get ${application}@${version} -w`,
  };
}
