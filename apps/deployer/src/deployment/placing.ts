import type { Blocker } from '@signalbox/domain';
import { isLate, progressDeadlineMs } from './deployment.js';
import type { Deployment } from './deployment.js';
import { end } from './ending.js';
import type { Facts } from './facts.js';

const gateRetryMs = 5_000;

/** A rollout that has not begun: whether its environment takes it now. */
export function place(deployment: Deployment, facts: Facts): Deployment {
  const { now } = facts;
  if (facts.isOccupied) return waitOn(deployment, 'another rollout is there', facts);
  if (facts.current?.releaseId !== deployment.expectedCurrent?.releaseId) {
    const live = facts.current?.version ?? 'nothing';
    return end(deployment, now, {
      outcome: 'cancelled',
      reason: 'overtaken',
      detail: `${live} runs in ${deployment.environment} by now`,
    });
  }
  if (deployment.mode === 'forward') {
    if (!facts.areGatesKnown) return deployment;
    if (facts.gates.length > 0) return refuse(deployment, facts);
  }
  const missing = facts.missingSecrets.join(', ');
  if (missing !== '') return waitOn(deployment, `${missing} is not set`, facts);
  return { ...deployment, status: 'starting', startingSince: now.toISOString() };
}

/** Users have the version that is to go: a rollback that cannot begin is no promise for some day. */
function waitOn(deployment: Deployment, why: string, facts: Facts): Deployment {
  if (deployment.mode === 'forward' || !isLate(deployment, deployment.requestedAt, facts)) return deployment;
  const detail = `could not begin in ${progressDeadlineMs(deployment) / 1000}s: ${why}`;
  return end(deployment, facts.now, { outcome: 'failed', reason: 'progress_deadline', detail });
}

function refuse(deployment: Deployment, { gates, now }: Facts): Deployment {
  const [first] = gates;
  const soon = new Date(now.getTime() + gateRetryMs).toISOString();
  return end(deployment, now, {
    outcome: 'cancelled',
    reason: 'gate_closed',
    detail: first?.detail ?? 'a gate is closed',
    retryAfter: first?.liftsAt !== undefined && first.liftsAt < soon ? first.liftsAt : soon,
    blockers: gates.map(withoutInFlight),
  });
}

export function withoutInFlight(gate: Facts['gates'][number]): Blocker {
  const { inFlight: _, ...blocker } = gate;
  return blocker;
}
