import type { Database, OnCommit } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
import type { Incident } from './incident.js';

export class IncidentStore extends Store<Incident> {
  constructor(database: Database, onCommit: OnCommit<Incident>) {
    super(
      database,
      {
        aggregate: 'incident',
        table: 'incident',
        source: '/signalbox/monitor',
        columns: ({ application, environment, version, status, openedAt }) => ({
          application,
          environment,
          app_version: version ?? null,
          status,
          opened_at: openedAt,
        }),
      },
      onCommit,
    );
  }
}
