import type { Database, OnCommit } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
import type { Watch } from './watch.js';

export class WatchStore extends Store<Watch> {
  constructor(database: Database, onCommit: OnCommit<Watch>) {
    super(
      database,
      {
        aggregate: 'watch',
        table: 'watch',
        source: '/signalbox/monitor',
        keepsTrace: true,
        columns: ({ releaseId, status, nextLookAt }) => ({ release_id: releaseId, status, next_look_at: nextLookAt }),
      },
      onCommit,
    );
  }

  /** Watches whose next look is due. */
  async due(): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `SELECT id FROM watch WHERE status = 'watching' AND next_look_at <= now() ORDER BY next_look_at LIMIT 50`,
    );
    return rows.map((row) => row.id);
  }
}
