import { median, medianInterval, wilson } from '../summary/proportion.js';
import type { Interval } from '../summary/proportion.js';
import { attribute } from './deployments.js';
import type { Deployment, History, Period } from './deployments.js';

/** One figure, with the events it was computed from. */
export interface Figure {
  /** Null when nothing was counted. */
  value: number | null;
  /** Out of how many. */
  count: number;
  unit: 'seconds' | 'per day' | 'share';
  eventIds: string[];
  interval?: Interval;
}

export interface DeliveryMetrics {
  changeLeadTime: Figure;
  deploymentFrequency: Figure;
  failedDeploymentRecoveryTime: Figure;
  changeFailRate: Figure;
  deploymentReworkRate: Figure;
}

const dayMs = 86_400_000;

/** The five DORA metrics of what users saw first within the period. */
export function deliveryMetrics(history: History, period: Period): DeliveryMetrics {
  const all = attribute(history);
  const within = all.filter(({ at }) => at >= period.from && at < period.to);
  return {
    changeLeadTime: leadTime(within),
    deploymentFrequency: frequency(within, period),
    failedDeploymentRecoveryTime: recoveryTime(within),
    changeFailRate: rate(within, (deployment) => deployment.failure?.eventIds),
    deploymentReworkRate: rate(within, (deployment) => reworkOf(deployment, all)),
  };
}

/** From commit to deployed in production, over changes. */
function leadTime(deployments: readonly Deployment[]): Figure {
  const deployed = deployments.flatMap(({ planned, deployed }) => (planned && deployed ? [{ planned, deployed }] : []));
  const seconds = deployed.flatMap(({ planned, deployed }) =>
    planned.changes.map(({ committedAt }) => secondsBetween(new Date(committedAt), deployed.at)),
  );
  return medianFigure(
    seconds,
    deployed.flatMap(({ planned, deployed }) => [planned.eventId, deployed.eventId]),
  );
}

function frequency(deployments: readonly Deployment[], { from, to }: Period): Figure {
  const days = (to.getTime() - from.getTime()) / dayMs;
  const count = deployments.length;
  return { value: count / days, count, unit: 'per day', eventIds: deployments.map(({ eventId }) => eventId) };
}

/** From the first sign of failure to the rollback, else to the end of the incident; open failures are not counted. */
function recoveryTime(deployments: readonly Deployment[]): Figure {
  const recovered = deployments.flatMap(({ failure }) =>
    failure?.endedAt ? [{ ...failure, to: failure.endedAt }] : [],
  );
  const seconds = recovered.map(({ since, to }) => secondsBetween(since, to));
  return medianFigure(
    seconds,
    recovered.flatMap(({ eventIds }) => eventIds),
  );
}

/** Whether this deployment mends a failed one: the first that was planned after the failure and went out. */
function reworkOf(deployment: Deployment, all: readonly Deployment[]): string[] | undefined {
  const mended = all.findLast(
    ({ failure, at }) =>
      failure && at < deployment.at && deployment.planned && deployment.planned.plannedAt > failure.since,
  );
  if (!mended?.failure) return undefined;
  const { since } = mended.failure;
  const first = all.find(({ at, planned }) => at > mended.at && planned && planned.plannedAt > since);
  return first === deployment ? [...mended.failure.eventIds, deployment.eventId] : undefined;
}

function rate(deployments: readonly Deployment[], evidence: (deployment: Deployment) => string[] | undefined): Figure {
  const counted = deployments.map(evidence);
  const hits = counted.filter((eventIds) => eventIds !== undefined).length;
  const count = deployments.length;
  const eventIds = unique([...deployments.map(({ eventId }) => eventId), ...counted.flatMap((ids) => ids ?? [])]);
  if (count === 0) return { value: null, count, unit: 'share', eventIds };
  return { value: hits / count, count, unit: 'share', eventIds, interval: wilson(hits, count) };
}

function medianFigure(seconds: readonly number[], eventIds: readonly string[]): Figure {
  const interval = medianInterval(seconds);
  const value = median(seconds) ?? null;
  return { value, count: seconds.length, unit: 'seconds', eventIds: unique(eventIds), ...(interval && { interval }) };
}

function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, Math.round((to.getTime() - from.getTime()) / 1000));
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}
