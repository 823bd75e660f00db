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
}
