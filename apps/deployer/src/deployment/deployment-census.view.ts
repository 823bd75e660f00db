import type { Reading } from '@signalbox/chassis';
import type { Database } from '@signalbox/persistence';

/** How many rollouts there are that have not ended, and how far they are. */
export class DeploymentCensus {
  constructor(private readonly database: Database) {}

  async byStatus(): Promise<Reading<'status'>[]> {
    const rows = await this.database.query<{ status: string; count: number }>(
      `SELECT status, count(*)::int AS count FROM deployment WHERE status <> 'ended' GROUP BY status`,
    );
    return rows.map(({ status, count }) => ({ labels: { status }, value: count }));
  }

  async weights(): Promise<Reading<'application' | 'environment'>[]> {
    const rows = await this.database.query<{ application: string; environment: string; weight: number }>(
      `SELECT application, environment, max((state->>'weight')::float8) AS weight FROM deployment
       WHERE status <> 'ended' GROUP BY application, environment`,
    );
    return rows.map(({ weight, ...labels }) => ({ labels, value: weight / 100 }));
  }
}
