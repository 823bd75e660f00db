import type { Database, OnCommit } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
import type { Analysis } from './analysis.js';

export class AnalysisStore extends Store<Analysis> {
  constructor(database: Database, onCommit: OnCommit<Analysis>) {
    super(
      database,
      {
        aggregate: 'analysis',
        table: 'analysis',
        source: '/signalbox/monitor',
        keepsTrace: true,
        columns: ({ application, releaseId, status, nextLookAt, startedAt }) => ({
          application,
          release_id: releaseId,
          status,
          next_look_at: nextLookAt,
          started_at: startedAt,
        }),
      },
      onCommit,
    );
  }

  /** Analyses whose next look is due. */
  async due(): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `SELECT id FROM analysis WHERE status = 'judging' AND next_look_at <= now() ORDER BY next_look_at LIMIT 50`,
    );
    return rows.map((row) => row.id);
  }
}
