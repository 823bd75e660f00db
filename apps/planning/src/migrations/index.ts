import type { Migration } from '@signalbox/messaging';
import { aggregateTable, traceColumn, vacuumedOften } from '@signalbox/persistence';

/** Append-only: expand, then contract. */
export const migrations: Migration[] = [
  {
    name: '20261123100000-planning',
    up: [
      ...aggregateTable('application', 'team text NOT NULL'),
      ...aggregateTable(
        'release',
        'application text NOT NULL, team text NOT NULL, app_version text, status text NOT NULL',
      ),
      'CREATE UNIQUE INDEX release_version ON release (application, app_version)',
      'CREATE INDEX release_status ON release (status, id)',
      'CREATE INDEX release_application ON release (application, id DESC)',
      ...aggregateTable('slot', 'application text NOT NULL, environment text NOT NULL'),
      ...aggregateTable('gate', 'kind text NOT NULL, removed boolean NOT NULL'),
      'CREATE INDEX gate_kind ON gate (kind) WHERE NOT removed',
      ...aggregateTable('protection'),
      ...aggregateTable('heartbeat'),
    ],
  },
  {
    name: '20261125100000-gate-ends',
    up: [
      'ALTER TABLE gate ADD COLUMN ends_at timestamptz',
      // JavaScript knows a year 0, PostgreSQL does not; such a gate has ended.
      `UPDATE gate SET ends_at = CASE WHEN ended.at LIKE '0000-%' THEN '-infinity' ELSE ended.at::timestamptz END
       FROM (SELECT id, CASE kind WHEN 'freeze' THEN state->>'to' ELSE state->>'expiresAt' END AS at FROM gate) AS ended
       WHERE gate.id = ended.id AND ended.at IS NOT NULL`,
      'CREATE INDEX gate_ends ON gate (kind, ends_at) WHERE NOT removed',
    ],
  },
  {
    name: '20261126093000-repository-due',
    up: [
      // Generated, so that it is right whichever version wrote the row; it rewrites the table once.
      `ALTER TABLE release ADD COLUMN repository_due boolean NOT NULL GENERATED ALWAYS AS (
         (status = 'draft' AND state->'plannedAt' IS NULL) OR (status = 'completed' AND coalesce(state->'tag'->>'done' = 'false', false))
       ) STORED`,
      'CREATE INDEX release_repository_due ON release (id) WHERE repository_due',
    ],
  },
  { name: '20261126100000-traces', up: [traceColumn('release')] },
  {
    name: '20261126110000-long-histories',
    up: [
      // Generated, so that it is right whichever version wrote the row; it rewrites the table once.
      `ALTER TABLE release ADD COLUMN dry_run boolean NOT NULL
         GENERATED ALWAYS AS (coalesce(state->'wish'->>'dryRun' = 'true', false)) STORED`,
      // Also what is under way in an application, among all that has ended there.
      'CREATE INDEX release_application_status ON release (application, status, id DESC)',
      'CREATE INDEX release_app_version ON release (app_version, id DESC)',
      `CREATE INDEX gate_quarantine ON gate ((state->>'application')) WHERE kind = 'quarantine' AND NOT removed`,
      `CREATE INDEX gate_other ON gate (id) WHERE kind <> 'quarantine' AND NOT removed`,
    ],
  },
  { name: '20261127100000-vacuum', up: vacuumedOften('release') },
];
