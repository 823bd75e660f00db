import type { Migration } from '@signalbox/messaging';
import { aggregateTable, traceColumn, vacuumedOften } from '@signalbox/persistence';

/** Append-only: expand, then contract. */
export const migrations: Migration[] = [
  {
    name: '20261123100000-monitor',
    up: [
      `CREATE TABLE application (name text PRIMARY KEY, team text NOT NULL, definition_version bigint NOT NULL)`,
      ...aggregateTable(
        'analysis',
        'application text NOT NULL, release_id text NOT NULL, status text NOT NULL, next_look_at timestamptz NOT NULL, started_at timestamptz NOT NULL',
      ),
      `CREATE INDEX analysis_due ON analysis (next_look_at) WHERE status = 'judging'`,
      'CREATE INDEX analysis_release ON analysis (release_id)',
      `CREATE TABLE judgement (
         analysis_id text NOT NULL, number int NOT NULL, at timestamptz NOT NULL DEFAULT now(), body jsonb NOT NULL,
         PRIMARY KEY (analysis_id, number))`,
      'CREATE INDEX judgement_at ON judgement (at)',
      ...aggregateTable('watch', 'release_id text NOT NULL, status text NOT NULL, next_look_at timestamptz NOT NULL'),
      `CREATE INDEX watch_due ON watch (next_look_at) WHERE status = 'watching'`,
      ...aggregateTable(
        'incident',
        'application text NOT NULL, environment text NOT NULL, app_version text, status text NOT NULL, opened_at timestamptz NOT NULL',
      ),
      'CREATE INDEX incident_application ON incident (application, opened_at)',
    ],
  },
  { name: '20261126100000-traces', up: [traceColumn('analysis'), traceColumn('watch')] },
  {
    name: '20261126180000-lists',
    up: [
      'CREATE INDEX analysis_started ON analysis (started_at, id)',
      'CREATE INDEX analysis_application ON analysis (application, started_at, id)',
      'CREATE INDEX incident_opened ON incident (opened_at, id)',
    ],
  },
  { name: '20261127100000-vacuum', up: vacuumedOften('analysis', 'watch') },
];
