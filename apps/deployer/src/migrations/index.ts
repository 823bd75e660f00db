import type { Migration } from '@signalbox/messaging';
import { aggregateTable, traceColumn, vacuumedOften } from '@signalbox/persistence';

/** Append-only: expand, then contract. */
export const migrations: Migration[] = [
  {
    name: '20261123100000-deployer',
    up: [
      ...aggregateTable(
        'environment',
        'application text NOT NULL, environment text NOT NULL, team text NOT NULL, due_at timestamptz NOT NULL',
      ),
      'CREATE INDEX environment_due ON environment (due_at)',
      ...aggregateTable(
        'deployment',
        'application text NOT NULL, environment text NOT NULL, team text NOT NULL, release_id text NOT NULL, status text NOT NULL',
      ),
      "CREATE INDEX deployment_open ON deployment (application, environment) WHERE status <> 'ended'",
      'CREATE INDEX deployment_release ON deployment (release_id)',
      `CREATE TABLE reference (kind text NOT NULL, id text NOT NULL, version bigint NOT NULL, content jsonb NOT NULL, PRIMARY KEY (kind, id))`,
      `CREATE TABLE secret (
         application text NOT NULL, environment text NOT NULL, name text NOT NULL, version int NOT NULL,
         sealed text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), removed boolean NOT NULL DEFAULT false,
         PRIMARY KEY (application, environment, name, version))`,
    ],
  },
  {
    name: '20261125100000-reference-ends',
    up: [
      'ALTER TABLE reference ADD COLUMN ends_at timestamptz',
      // JavaScript knows a year 0, PostgreSQL does not; such a gate has ended.
      `UPDATE reference SET ends_at = CASE WHEN ended.at LIKE '0000-%' THEN '-infinity' ELSE ended.at::timestamptz END
       FROM (SELECT kind, id, CASE kind WHEN 'freeze' THEN content->>'to' ELSE content->>'expiresAt' END AS at FROM reference) AS ended
       WHERE reference.kind = ended.kind AND reference.id = ended.id AND ended.at IS NOT NULL`,
    ],
  },
  { name: '20261126100000-traces', up: [traceColumn('deployment')] },
  {
    name: '20261126110000-long-histories',
    up: [`CREATE INDEX reference_quarantine ON reference ((content->>'application')) WHERE kind = 'quarantine'`],
  },
  {
    name: '20261126180000-lists',
    up: [
      'CREATE INDEX deployment_created ON deployment (created_at, id)',
      'CREATE INDEX deployment_application ON deployment (application, created_at, id)',
    ],
  },
  { name: '20261127100000-vacuum', up: vacuumedOften('deployment') },
  {
    name: '20261127140000-unsettled-first',
    up: [
      `CREATE INDEX environment_unsettled ON environment (id) WHERE (state->>'putGeneration')::bigint < (state->>'generation')::bigint`,
    ],
  },
];
