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

/** An incident that names no version is blamed on the latest deployment, if that is not older. */
const blameMs = 7 * 86_400_000;

/** Deployments in their order, each with what went wrong with it. */
export function attribute({ releases, facts, incidents }: History): Deployment[] {
  const inOrder = facts.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const releaseIds = [...new Set(inOrder.map(({ releaseId }) => releaseId))];
  const deployments = releaseIds.map((releaseId) =>
    deploymentOf(
      inOrder.filter((fact) => fact.releaseId === releaseId),
      releases,
    ),
  );
  const seen = deployments.filter((each) => each !== undefined).toSorted((a, b) => a.at.getTime() - b.at.getTime());
  return seen.map((deployment) => {
    const blamed = incidents.filter((incident) => culpritOf(incident, seen, inOrder) === deployment);
    const failure = failureOf(deployment, inOrder, blamed);
    return failure ? { ...deployment, failure } : deployment;
  });
}

function deploymentOf(facts: readonly ProductionFact[], releases: readonly PlannedRelease[]): Deployment | undefined {
  const [first] = facts;
  if (!first) return undefined;
  const { releaseId } = first;
  const deployed = facts.find(({ kind }) => kind === 'deployed');
  const planned = releases.find(({ id }) => id === releaseId);
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
  facts: readonly ProductionFact[],
): Deployment | undefined {
  const { releaseId, version, openedAt } = incident;
  if (releaseId !== undefined) return deployments.find((each) => each.releaseId === releaseId);
  if (version !== undefined) return deployments.find((each) => each.version === version);
  const latest = deployments.findLast((each) => served(each, incident, facts));
  return latest && openedAt.getTime() - latest.at.getTime() <= blameMs ? latest : undefined;
}

/** Whether users had it where the incident is, when that began. */
function served(deployment: Deployment, incident: IncidentFact, facts: readonly ProductionFact[]): boolean {
  const before = facts.filter(
    ({ releaseId, environment, at }) =>
      releaseId === deployment.releaseId && environment === incident.environment && at <= incident.openedAt,
  );
  return before.length > 0 && before.every(({ kind }) => kind !== 'rolled_back');
}

/** Failed: taken back after users had seen it, or blamed for an incident. */
function failureOf(
  { releaseId, at }: Deployment,
  facts: readonly ProductionFact[],
  incidents: readonly IncidentFact[],
): Failure | undefined {
  const rollbacks = facts.filter((fact) => fact.releaseId === releaseId && fact.kind === 'rolled_back');
  const [rollback] = rollbacks;
  const [incident] = incidents.toSorted((a, b) => a.openedAt.getTime() - b.openedAt.getTime());
  if (!rollback && !incident) return undefined;
  const endedAt = rollback?.at ?? incident?.resolvedAt;
  const eventIds = [
    ...rollbacks.map(({ eventId }) => eventId),
    ...incidents.flatMap((each) => [each.openedEventId, ...(each.resolvedEventId ? [each.resolvedEventId] : [])]),
  ];
  // An incident that was reported when it had been taken back already says nothing of when it began.
  const reported = incident && (!rollback || incident.openedAt < rollback.at) ? incident.openedAt : undefined;
  return { since: reported ?? at, eventIds, ...(endedAt && { endedAt }) };
}
