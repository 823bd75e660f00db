import type { Identity, ListQuery, ListRules, Page } from '@signalbox/chassis';
import { visibleTo } from '@signalbox/chassis';
import type { Database } from '@signalbox/persistence';
import type { Incident } from './incident.js';

export const incidentListRules: ListRules = {
  filters: {
    application: { column: 'incident.application', kind: 'text' },
    environment: { column: 'environment', kind: 'text' },
    version: { column: 'app_version', kind: 'text' },
    status: { column: 'status', kind: 'text' },
    openedAt: { column: 'opened_at', kind: 'time' },
  },
  sorts: { openedAt: 'opened_at' },
  defaultSort: '-openedAt',
};

/** Incidents as lists show them. */
export class IncidentView {
  constructor(private readonly database: Database) {}

  async list(query: ListQuery, caller: Identity): Promise<Page<Incident>> {
    const params = [...query.params];
    const visible = visibleTo(caller, params, { application: 'incident.application', team: 'team' });
    const rows = await this.database.query<{ id: string; state: Incident }>(
      `SELECT id, state FROM incident LEFT JOIN application ON application.name = incident.application
       WHERE (${query.where}) AND ${visible} ORDER BY ${query.orderBy} LIMIT ${query.limit + 1}`,
      params,
    );
    return query.page(
      rows,
      (row) => row.state.openedAt,
      (row) => row.state,
    );
  }
}
