import type { Database } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
import type { Environment } from './environment.js';

/** The target has not got yet what should run, or a rollout is on its way. */
const unsettled = `SELECT id FROM environment WHERE (state->>'putGeneration')::bigint < (state->>'generation')::bigint
  UNION SELECT application || '/' || environment FROM deployment WHERE status <> 'ended'`;

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

  /** Environments that people wait for. */
  unsettled(): Promise<string[]> {
    return this.longestDue(`id IN (${unsettled})`);
  }

  /** Environments where all is as it should be, as far as is known: the last look was long ago. */
  overdue(): Promise<string[]> {
    return this.longestDue(`due_at <= now() AND id NOT IN (${unsettled})`);
  }

  /** When it was looked at; no event, no new version of what should run. */
  async looked(id: string, againInMs: number): Promise<void> {
    await this.database.query(
      `UPDATE environment SET due_at = now() + $2 * interval '1 ms' WHERE id = $1 AND due_at <= now()`,
      [id, againInMs],
    );
  }

  private async longestDue(where: string): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `SELECT id FROM environment WHERE ${where} ORDER BY due_at LIMIT 100`,
    );
    return rows.map((row) => row.id);
  }
}
