import type { Migration } from '@signalbox/messaging';
import { aggregateTable } from '@signalbox/persistence';

/** Append-only: expand, then contract. */
export const migrations: Migration[] = [
  {
    name: '20261123100000-gateway',
    up: [
      ...aggregateTable('principal', 'name text NOT NULL UNIQUE'),
      ...aggregateTable('api_key', 'principal_id text NOT NULL, hash text NOT NULL UNIQUE'),
      'CREATE INDEX api_key_principal ON api_key (principal_id)',
      `CREATE TABLE activity (
         seq bigint PRIMARY KEY, event_id uuid NOT NULL, type text NOT NULL, source text NOT NULL, subject text NOT NULL,
         topic text NOT NULL, at timestamptz NOT NULL, release_id text, application text,
         causation_id text, content jsonb NOT NULL, custom_data jsonb)`,
      'CREATE SEQUENCE activity_seq',
      'CREATE INDEX activity_release ON activity (release_id, seq)',
      'CREATE INDEX activity_application ON activity (application, seq)',
      'CREATE INDEX activity_at ON activity (at)',
      'CREATE TABLE known_release (release_id text PRIMARY KEY, application text NOT NULL)',
      'CREATE TABLE known_application (application text PRIMARY KEY, team text NOT NULL)',
    ],
  },
];
