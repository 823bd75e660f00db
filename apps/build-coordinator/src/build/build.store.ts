import type { Database, OnCommit } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
import type { Build } from './build.js';

export class BuildStore extends Store<Build> {
  constructor(database: Database, onCommit: OnCommit<Build>) {
    super(
      database,
      {
        aggregate: 'build',
        table: 'build',
        source: '/signalbox/build-coordinator',
        keepsTrace: true,
        columns: ({ application, team, releaseId, status, queuedAt }) => ({
          application,
          team,
          release_id: releaseId,
          status,
          queued_at: queuedAt,
        }),
      },
      onCommit,
    );
  }
}
