import { DomainError, draft, rolloutPromoted, stageKey, stageTransitions } from '@signalbox/domain';
import type { Advance } from './advance.js';
import { environmentsOf, nameOf, noEnvironment } from './release.js';
import type { Release, StageState } from './release.js';

/** A person's wish to go past what a rollout waits for. */
export interface Promotion {
  environment: string;
  /** Skip every step that is left. */
  full: boolean;
  /** The step that was seen, from 0 as a deployment has it: once it is over, nothing is skipped. */
  step?: number | undefined;
  reason: string;
  by: { principal: string; kind: string; teams: string[] };
}

/** Tells the deployer to go past the step its rollout waits at; refused where no rollout runs or a gate is another team's. */
export function promote(release: Release, promotion: Promotion): Advance {
  const { by, ...wish } = promotion;
  const known = environmentsOf(release);
  if (known && !known.includes(wish.environment)) throw noEnvironment(release.application, wish.environment, known);
  const stage = release.stages[stageKey('deploy', wish.environment)];
  if (stage?.status !== 'running') {
    throw new DomainError('conflict', `no rollout of ${nameOf(release)} runs in ${wish.environment}`, {
      reason: 'illegal_transition',
      ...(stage && { allowedTransitions: stageTransitions[stage.status] }),
    });
  }
  const team = foreignGate(release, stage, promotion);
  if (team !== undefined) {
    const fix = `one of ${team}`;
    throw new DomainError('forbidden', `a manual gate of ${nameOf(release)} is for ${team}`, {
      reason: 'not_in_team',
      fix,
    });
  }
  const content = {
    ...wish,
    releaseId: release.id,
    application: release.application,
    attempt: stage.attempt,
    actor: { principal: by.principal, kind: by.kind, reason: promotion.reason },
    teams: by.teams,
  };
  return {
    next: release,
    events: [draft(rolloutPromoted, { subject: release.id, chainId: release.id, content })],
    slots: [],
  };
}

/** A manual gate opens for its team alone; whoever skips every step goes through all that are left. */
function foreignGate(release: Release, stage: StageState, { by, full, environment }: Promotion): string | undefined {
  const strategy = release.definition?.environments[environment]?.strategy;
  const steps = strategy && 'canary' in strategy ? strategy.canary.steps : [];
  const waitsFor = stage.blockers.filter(({ code }) => code === 'manual_gate').map(({ who }) => who);
  return steps
    .flatMap((step) => step.manualGate?.team ?? [])
    .find((team) => !by.teams.includes(team) && (full || waitsFor.includes(team)));
}
