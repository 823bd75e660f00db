import type { Migration } from '@signalbox/messaging';
import { aggregateTable, traceColumn, vacuumedOften } from '@signalbox/persistence';

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
  {
    name: '20261126120000-outside',
    up: [
      "CREATE INDEX test_run_request ON test_run ((state->'of'->>'requestEventId'))",
      `CREATE TABLE missed_report (
         seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), source text NOT NULL,
         event_id text NOT NULL, type text NOT NULL, release_id text, code text NOT NULL, message text NOT NULL)`,
      'CREATE INDEX missed_report_source ON missed_report (source, seq)',
    ],
  },
  // What it says, for one that came before the stage that it is of.
  { name: '20261126160000-early-reports', up: ['ALTER TABLE missed_report ADD COLUMN report jsonb'] },
  {
    name: '20261126180000-lists',
    up: [
      'CREATE INDEX test_run_created ON test_run (created_at, id)',
      'CREATE INDEX test_run_application ON test_run (application, created_at, id)',
    ],
  },
  { name: '20261127100000-vacuum', up: vacuumedOften('test_run') },
];
