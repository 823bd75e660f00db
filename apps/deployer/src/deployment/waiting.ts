import type { Blocker } from '@signalbox/domain';
import type { Deployment } from './deployment.js';
import type { Facts } from './facts.js';
import { gatesUnknown } from './rollout.js';

/** What a rollout waits for that somebody could lift. */
export function waitingFor(deployment: Deployment, facts: Facts): Blocker[] {
  if (deployment.status === 'paused') return deployment.pausedFor?.blockers ?? [];
  if (deployment.status !== 'waiting') return [];
  if (!facts.areGatesKnown) return [gatesUnknown];
  const { application, environment } = deployment;
  return facts.missingSecrets.map((name) => ({
    code: 'secret_missing',
    detail: `${name}, ${environment}`,
    who: 'operator',
    command: `secret set ${application} ${environment} ${name}`,
  }));
}
