import type { Migration } from '@signalbox/messaging';
import { aggregateTable } from '@signalbox/persistence';

/** Append-only: expand, then contract. */
export const migrations: Migration[] = [
  {
    name: '20261123100000-feedback',
    up: [
      `CREATE TABLE application (
         name text PRIMARY KEY, team text NOT NULL, production text[] NOT NULL, definition_version bigint NOT NULL)`,
      `CREATE TABLE release (
         id text PRIMARY KEY, event_id text NOT NULL, application text NOT NULL, version text NOT NULL,
         planned_at timestamptz NOT NULL, changes jsonb NOT NULL)`,
      'CREATE INDEX release_version ON release (application, version)',
      `CREATE TABLE production_fact (
         event_id text PRIMARY KEY, kind text NOT NULL, application text NOT NULL, environment text NOT NULL,
         release_id text NOT NULL, version text NOT NULL, at timestamptz NOT NULL)`,
      'CREATE INDEX production_fact_application ON production_fact (application, at)',
      `CREATE TABLE incident (
         id text PRIMARY KEY, application text NOT NULL, environment text NOT NULL, release_id text, version text,
         opened_at timestamptz, opened_event_id text, resolved_at timestamptz, resolved_event_id text)`,
      'CREATE INDEX incident_application ON incident (application)',
      ...aggregateTable(
        'feedback_item',
        'application text NOT NULL, app_version text, kind text NOT NULL, rating int, received_at timestamptz NOT NULL, forgotten boolean NOT NULL',
      ),
      'CREATE INDEX feedback_item_application ON feedback_item (application, received_at)',
      ...aggregateTable('feedback_window', 'release_id text NOT NULL'),
    ],
  },
  {
    name: '20261126110000-long-histories',
    up: [
      'CREATE INDEX release_planned_at ON release (application, planned_at DESC, id DESC)',
      'CREATE INDEX production_fact_release ON production_fact (release_id)',
      'CREATE INDEX incident_opened_at ON incident (application, opened_at)',
    ],
  },
  {
    name: '20261127130000-summaries',
    up: [`CREATE INDEX feedback_item_version ON feedback_item (application, coalesce(app_version, ''))`],
  },
];
