import type { Database } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
import type { Application } from './application.js';

export class ApplicationStore extends Store<Application> {
  constructor(database: Database, onCommit: () => void) {
    super(
      database,
      {
        aggregate: 'application',
        table: 'application',
        source: '/signalbox/planning',
        columns: ({ team }) => ({ team }),
      },
      onCommit,
    );
  }

  /** The names of all environments of all applications. */
  async listEnvironments(): Promise<string[]> {
    const rows = await this.database.query<{ name: string }>(
      "SELECT DISTINCT jsonb_object_keys(state->'definition'->'environments') AS name FROM application ORDER BY name",
    );
    return rows.map(({ name }) => name);
  }
}
