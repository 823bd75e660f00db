import { createHash } from 'node:crypto';
import { canonicalJson, durationMs, stageKey } from '@signalbox/domain';
import type { EffectiveManifest, Require, StageKind } from '@signalbox/domain';
import type { PlanGroup, Release, StageState } from './release.js';
import { artifactOf } from './release.js';

/** Ordered groups of stages; the stages of a group run in parallel. */
export interface Plan {
  groups: PlanGroup[];
  stages: Record<string, StageState>;
}

/**
 * Compiles a lifecycle: build; then per phase approve (where production or a protected environment is ahead), deploy, test
 * and monitor in each environment; feedback last.
 *
 * @param guarded environments with rules of the server's
 */
export function compilePlan(definition: EffectiveManifest, guarded: readonly string[]): Plan {
  const plan: Plan = { groups: [], stages: {} };
  const add = (require: Require, kind: StageKind, environments: (string | undefined)[]): void => {
    if (environments.length === 0) return;
    const keys = environments.map((environment) => stageKey(kind, environment));
    plan.groups.push({ stages: keys, require });
    environments.forEach((environment, index) => {
      const key = keys[index] ?? '';
      plan.stages[key] = {
        key,
        kind,
        status: 'pending',
        attempt: 0,
        blockers: [],
        ...(environment && { environment }),
      };
    });
  };
  const asked = definition.lifecycle.filter(({ environments }) =>
    environments.some((name) => asksByItself(definition, name) || guarded.includes(name)),
  );
  add('all', 'build', [undefined]);
  for (const phase of definition.lifecycle) {
    const of = (wanted: (name: string) => boolean) => phase.environments.filter(wanted);
    if (asked.includes(phase)) add('all', 'approve', [asked.length > 1 ? phase.phase : undefined]);
    add(phase.require, 'deploy', phase.environments);
    add(
      phase.require,
      'test',
      of((name) => (definition.environments[name]?.suites.length ?? 0) > 0),
    );
    add(
      phase.require,
      'monitor',
      of((name) => durationMs(definition.environments[name]?.watch.bake ?? 'PT0S') > 0),
    );
  }
  // What people say later does not undo a release.
  add('optional', 'feedback', [undefined]);
  return plan;
}

/** By what the file says of it: production, or with rules of its own. */
function asksByItself(definition: EffectiveManifest, name: string): boolean {
  const { tier, approvals = [] } = definition.environments[name] ?? {};
  return tier === 'production' || approvals.length > 0;
}

/** The environments whose deployment an approve stage lets pass. */
export function approvedEnvironments(release: Release, approveKey: string): string[] {
  const index = release.groups.findIndex((group) => group.stages.includes(approveKey));
  const deploys = release.groups
    .slice(index + 1)
    .find((group) => group.stages.some((key) => release.stages[key]?.kind === 'deploy'));
  return (deploys?.stages ?? []).flatMap((key) => release.stages[key]?.environment ?? []);
}

/**
 * What an approval says yes to: scope, plan and, once built, the artifact's digest. A rebuilt artifact or a changed
 * plan has another hash and needs new approvals.
 */
export function planHash(release: Release): string {
  const scope = { application: release.application, version: release.version, commit: release.commit };
  const subject = {
    scope,
    groups: release.groups,
    definition: release.definition,
    digest: artifactOf(release)?.digest ?? null,
  };
  return createHash('sha256').update(canonicalJson(subject)).digest('hex').slice(0, 16);
}
