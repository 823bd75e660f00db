import type { Migration } from '@signalbox/messaging';
import { aggregateTable, traceColumn, vacuumedOften } from '@signalbox/persistence';

/** Append-only: expand, then contract. */
export const migrations: Migration[] = [
  {
    name: '20261123100000-build-coordinator',
    up: [
      ...aggregateTable(
        'build',
        'application text NOT NULL, team text NOT NULL, release_id text NOT NULL, status text NOT NULL, queued_at timestamptz NOT NULL',
      ),
      'CREATE INDEX build_release ON build (release_id)',
      'CREATE INDEX build_application ON build (application, queued_at)',
      ...aggregateTable('task', 'status text NOT NULL, queued_at timestamptz NOT NULL'),
      "CREATE INDEX task_queue ON task (queued_at, id) WHERE status = 'queued'",
      "CREATE INDEX task_closing ON task (id) WHERE status = 'closing'",
      'CREATE SEQUENCE task_fence',
      ...aggregateTable('gate_evaluation', 'build_id text NOT NULL'),
      'CREATE INDEX gate_evaluation_build ON gate_evaluation (build_id)',
      `CREATE TABLE log_chunk (task_id text NOT NULL, seq int NOT NULL, body text NOT NULL, PRIMARY KEY (task_id, seq))`,
      `CREATE TABLE task_log (task_id text PRIMARY KEY, body text NOT NULL, ended_at timestamptz NOT NULL DEFAULT now())`,
      `CREATE TABLE runner (name text PRIMARY KEY, labels text[] NOT NULL, last_seen_at timestamptz NOT NULL)`,
    ],
  },
  { name: '20261126100000-traces', up: [traceColumn('build'), traceColumn('task')] },
  {
    name: '20261126110000-runner-version',
    up: [`ALTER TABLE runner ADD COLUMN version text NOT NULL DEFAULT 'unknown'`],
  },
  {
    name: '20261126180000-lists',
    up: ['CREATE INDEX build_queued ON build (queued_at, id)'],
  },
  { name: '20261127100000-vacuum', up: vacuumedOften('build', 'task') },
];
