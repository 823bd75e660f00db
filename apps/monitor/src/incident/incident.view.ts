import type { Identity, ListQuery, ListRules, Listing, Page } from '@signalbox/chassis';
import { listVisible } from '@signalbox/chassis';
import type { Database } from '@signalbox/persistence';
import { incidentStatuses } from './incident.js';
import type { Incident } from './incident.js';

export const incidentListRules: ListRules = {
  filters: {
    application: { column: 'incident.application', kind: 'text' },
    environment: { column: 'environment', kind: 'text' },
    version: { column: 'app_version', kind: 'text' },
    status: { column: 'status', kind: 'text', values: incidentStatuses },
    openedAt: { column: 'opened_at', kind: 'time' },
  },
  sorts: { openedAt: 'opened_at' },
  defaultSort: '-openedAt',
};

const listing: Listing<Incident, Incident> = {
  table: 'incident',
  join: 'LEFT JOIN application ON application.name = incident.application',
  owner: { application: 'incident.application', team: 'team' },
  sortValue: (row) => row.state.openedAt,
  show: (state) => state,
};

/** Incidents as lists show them. */
export class IncidentView {
  constructor(private readonly database: Database) {}

  list(query: ListQuery, caller: Identity): Promise<Page<Incident>> {
    return listVisible(this.database, listing, query, caller);
  }
}
