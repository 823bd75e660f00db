import type { Reading } from '@signalbox/chassis';
import type { Database } from '@signalbox/persistence';
import type { RunnerPresence } from '../runner/runner-presence.js';
import type { Census } from '../telemetry.js';

/** How much there is to do, and who is there to do it. */
export class TaskCensus implements Census {
  constructor(
    private readonly database: Database,
    private readonly runners: RunnerPresence,
  ) {}

  countOnline(): Promise<number> {
    return this.runners.countOnline();
  }

  async byStatus(): Promise<Reading<'status'>[]> {
    const rows = await this.database.query<{ status: string; count: number }>(
      `SELECT status, count(*)::int AS count FROM task WHERE status IN ('queued', 'running', 'closing') GROUP BY status`,
    );
    return rows.map(({ status, count }) => ({ labels: { status }, value: count }));
  }

  async oldestQueued(): Promise<number> {
    const [row] = await this.database.query<{ seconds: number | null }>(
      `SELECT extract(epoch FROM now() - min(queued_at))::float8 AS seconds FROM task WHERE status = 'queued'`,
    );
    return Math.max(0, row?.seconds ?? 0);
  }
}
