import { DomainError, draft, incidentDetected, incidentReported, incidentResolved } from '@signalbox/domain';
import type { Decision, EventDraft } from '@signalbox/domain';

export const incidentStatuses = ['open', 'resolved'] as const;

/** Something is wrong with an application in an environment, found by a watch or told by a person. */
export interface Incident {
  id: string;
  application: string;
  environment: string;
  version?: string;
  releaseId?: string;
  /** The artifact that ran, when a watch found it. */
  purl?: string;
  description: string;
  /** Where people work on it. */
  url?: string;
  openedBy: string;
  openedAt: string;
  status: (typeof incidentStatuses)[number];
  resolved?: { by: string; at: string; note?: string };
}

/** As they are when an incident opens. */
export type OpenIncident = Omit<Incident, 'status' | 'resolved'>;

export function detected(incident: Incident): EventDraft {
  return draft(incidentDetected, fieldsOf(incident));
}

export function reported(incident: Incident): EventDraft {
  const fields = fieldsOf(incident);
  const ticketURI = incident.url ?? `urn:signalbox:incident:${incident.id}`;
  return draft(incidentReported, { ...fields, content: { ...fields.content, ticketURI } });
}

export function resolve(incident: Incident, by: string, note: string | undefined, now: Date): Decision<Incident> {
  if (incident.status === 'resolved') {
    throw new DomainError('conflict', `incident ${incident.id} is resolved already`, {
      reason: 'already_resolved',
      allowedTransitions: [],
    });
  }
  const resolved = { by, at: now.toISOString(), ...(note !== undefined && { note }) };
  const next: Incident = { ...incident, status: 'resolved', resolved };
  return { next, events: [draft(incidentResolved, fieldsOf(next))] };
}

function fieldsOf(incident: Incident) {
  const { id, application, environment, description, purl, releaseId, version } = incident;
  return {
    subject: id,
    ...(releaseId !== undefined && { chainId: releaseId }),
    content: {
      description,
      environment: { id: environment },
      service: { id: application },
      ...(purl !== undefined && { artifactId: purl }),
    },
    customData: {
      application,
      incidentId: id,
      ...(releaseId !== undefined && { releaseId }),
      ...(version !== undefined && { version }),
    },
  };
}
