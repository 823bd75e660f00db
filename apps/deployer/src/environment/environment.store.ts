import type { Database } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
import type { Environment } from './environment.js';

export class EnvironmentStore extends Store<Environment> {
  constructor(database: Database, onCommit: () => void) {
    super(
      database,
      {
        aggregate: 'environment',
        table: 'environment',
        source: '/signalbox/deployer',
        columns: ({ application, environment, team, dueAt }) => ({ application, environment, team, due_at: dueAt }),
      },
      onCommit,
    );
  }

  /** Environments to look at: the target has not got it yet, a rollout is on its way, or it was long ago. */
  async due(): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `SELECT id FROM environment e WHERE due_at <= now() OR (state->>'putGeneration')::bigint < (state->>'generation')::bigint
         OR EXISTS (SELECT 1 FROM deployment d WHERE (d.application, d.environment) = (e.application, e.environment) AND d.status <> 'ended')
       ORDER BY due_at LIMIT 100`,
    );
    return rows.map((row) => row.id);
  }

  /** When it was looked at; no event, no new version of what should run. */
  async looked(id: string, againInMs: number): Promise<void> {
    await this.database.query(
      `UPDATE environment SET due_at = now() + $2 * interval '1 ms' WHERE id = $1 AND due_at <= now()`,
      [id, againInMs],
    );
  }
}
