import type { PlannedRelease } from '../release/release.projection.js';

/** What happened to a release in production: the first users saw it, everybody has it, it was taken back. */
export interface ProductionFact {
  eventId: string;
  kind: 'exposed' | 'deployed' | 'rolled_back';
  environment: string;
  releaseId: string;
  version: string;
  at: Date;
}

export interface IncidentFact {
  id: string;
  environment: string;
  releaseId?: string;
  version?: string;
  openedAt: Date;
  openedEventId: string;
  resolvedAt?: Date;
  resolvedEventId?: string;
}

export interface History {
  releases: readonly PlannedRelease[];
  facts: readonly ProductionFact[];
  incidents: readonly IncidentFact[];
}

/** One release in production. */
export interface Deployment {
  releaseId: string;
  version: string;
  /** When users first saw it, and the event that says so. */
  at: Date;
  eventId: string;
  planned?: PlannedRelease;
  deployed?: ProductionFact;
  failure?: Failure;
}

export interface Failure {
  since: Date;
  /** Absent: it goes on. */
  endedAt?: Date;
  eventIds: string[];
}

export interface Period {
  from: Date;
  to: Date;
}

const dayMs = 86_400_000;
/** An incident that names no version is blamed on the latest deployment, if that is not older. */
const blameMs = 7 * dayMs;
/** A deployment mends no failure that began longer before the period. */
const mendedWithinMs = 90 * dayMs;

/** The time whose facts bear on the figures of a period: what it mended, and what it is blamed for. */
export function contextOf({ from, to }: Period): Period {
  return { from: new Date(from.getTime() - mendedWithinMs), to: new Date(to.getTime() + blameMs) };
}

/** What is known of each release, in its order. */
type FactsByRelease = ReadonlyMap<string, readonly ProductionFact[]>;

/** Deployments in their order, each with what went wrong with it. */
export function attribute({ releases, facts, incidents }: History): Deployment[] {
  const inOrder = facts.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const byRelease: FactsByRelease = Map.groupBy(inOrder, ({ releaseId }) => releaseId);
  const planned = new Map(releases.map((release) => [release.id, release]));
  const deployments = [...byRelease].map(([releaseId, own]) => deploymentOf(own, planned.get(releaseId)));
  const seen = deployments.filter((each) => each !== undefined).toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const blamed = Map.groupBy(incidents, (incident) => culpritOf(incident, seen, byRelease));
  return seen.map((deployment) => {
    const failure = failureOf(deployment, byRelease.get(deployment.releaseId) ?? [], blamed.get(deployment) ?? []);
    return failure ? { ...deployment, failure } : deployment;
  });
}

function deploymentOf(facts: readonly ProductionFact[], planned: PlannedRelease | undefined): Deployment | undefined {
  const [first] = facts;
  if (!first) return undefined;
  const { releaseId } = first;
  const deployed = facts.find(({ kind }) => kind === 'deployed');
  const version = planned?.version ?? first.version;
  return {
    releaseId,
    version,
    at: first.at,
    eventId: first.eventId,
    ...(planned && { planned }),
    ...(deployed && { deployed }),
  };
}

function culpritOf(
  incident: IncidentFact,
  deployments: readonly Deployment[],
  facts: FactsByRelease,
): Deployment | undefined {
  const { releaseId, version, openedAt } = incident;
  if (releaseId !== undefined) return deployments.find((each) => each.releaseId === releaseId);
  if (version !== undefined) return deployments.find((each) => each.version === version);
  const latest = deployments.findLast((each) => served(each, incident, facts));
  return latest && openedAt.getTime() - latest.at.getTime() <= blameMs ? latest : undefined;
}

/** Whether users had it where the incident is, when that began. */
function served(deployment: Deployment, incident: IncidentFact, facts: FactsByRelease): boolean {
  const own = facts.get(deployment.releaseId) ?? [];
  const before = own.filter(({ environment, at }) => environment === incident.environment && at <= incident.openedAt);
  return before.length > 0 && before.every(({ kind }) => kind !== 'rolled_back');
}

/** Users have their service back when the last of them is over; undefined: one is not. */
function lastResolved(incidents: readonly IncidentFact[]): Date | undefined {
  const times = incidents.flatMap(({ resolvedAt }) => (resolvedAt ? [resolvedAt.getTime()] : []));
  return times.length > 0 && times.length === incidents.length ? new Date(Math.max(...times)) : undefined;
}

/** Failed: taken back after users had seen it, or blamed for an incident. */
function failureOf(
  { at }: Deployment,
  facts: readonly ProductionFact[],
  incidents: readonly IncidentFact[],
): Failure | undefined {
  const rollbacks = facts.filter(({ kind }) => kind === 'rolled_back');
  const [rollback] = rollbacks;
  const [incident] = incidents.toSorted((a, b) => a.openedAt.getTime() - b.openedAt.getTime());
  if (!rollback && !incident) return undefined;
  const endedAt = rollback?.at ?? lastResolved(incidents);
  const eventIds = [
    ...rollbacks.map(({ eventId }) => eventId),
    ...incidents.flatMap((each) => [each.openedEventId, ...(each.resolvedEventId ? [each.resolvedEventId] : [])]),
  ];
  // An incident that was reported when it had been taken back already says nothing of when it began.
  const reported = incident && (!rollback || incident.openedAt < rollback.at) ? incident.openedAt : undefined;
  return { since: reported ?? at, eventIds, ...(endedAt && { endedAt }) };
}
