import type { Migration } from '@signalbox/messaging';
import { aggregateTable, traceColumn } from '@signalbox/persistence';

/** Append-only: expand, then contract. */
export const migrations: Migration[] = [
  {
    name: '20261123100000-test-orchestrator',
    up: [
      ...aggregateTable(
        'test_run',
        'application text NOT NULL, team text NOT NULL, environment text NOT NULL, release_id text NOT NULL, status text NOT NULL',
      ),
      'CREATE INDEX test_run_release ON test_run (release_id)',
      "CREATE INDEX test_run_open ON test_run (id) WHERE status = 'running'",
    ],
  },
  { name: '20261126100000-traces', up: [traceColumn('test_run')] },
];
