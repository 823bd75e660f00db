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
  {
    name: '20261126110000-inbound',
    up: [
      'CREATE TABLE inbound_event (identity uuid PRIMARY KEY, received_at timestamptz NOT NULL DEFAULT now())',
      // Rows come in the order of their times, and only the purge asks for these.
      'CREATE INDEX inbound_event_received_at ON inbound_event USING brin (received_at)',
      `CREATE TABLE event_source_tally (
         source text NOT NULL, slot int NOT NULL, accepted bigint NOT NULL, duplicates bigint NOT NULL,
         refused bigint NOT NULL, last_received_at timestamptz NOT NULL, PRIMARY KEY (source, slot)
       ) WITH (fillfactor = 50)`,
      `CREATE TABLE event_refusal (
         seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, source text NOT NULL, at timestamptz NOT NULL DEFAULT now(),
         event_id text, type text, code text NOT NULL, message text NOT NULL, pointer text NOT NULL)`,
      'CREATE INDEX event_refusal_source ON event_refusal (source, seq)',
    ],
  },
  {
    name: '20261126160000-received',
    up: [
      // How long an event is kept is not for its sender to say. What is there already counts from today.
      'ALTER TABLE activity ADD COLUMN received_at timestamptz NOT NULL DEFAULT now()',
      'CREATE INDEX activity_received_at ON activity USING brin (received_at)',
    ],
  },
  {
    name: '20261126180000-rate-limit',
    // Where an earlier build has made it by itself it is there already.
    up: [
      `CREATE TABLE IF NOT EXISTS rate_limit (
         key varchar(255) PRIMARY KEY, points integer NOT NULL DEFAULT 0, expire bigint)`,
    ],
  },
  {
    name: '20261127150000-request-windows',
    // In place of `rate_limit`, which gateways of earlier builds still write to.
    up: ['CREATE TABLE request_window (principal text PRIMARY KEY, taken int NOT NULL, ends_at timestamptz NOT NULL)'],
  },
];
