/** One step of a schema: applied once, never changed afterwards. `name` begins with its date, `20261123-init`. */
export interface Migration {
  readonly name: string;
  readonly up: readonly string[];
}

const outbox = `
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id uuid NOT NULL,
  topic text NOT NULL,
  key text NOT NULL,
  agg_version bigint NOT NULL,
  type text NOT NULL,
  headers jsonb NOT NULL DEFAULT '{}',
  payload text NOT NULL CHECK (octet_length(payload) < 900000),
  created_at timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0)`;

const inbox = `
CREATE TABLE inbox (
  consumer text NOT NULL,
  event_id uuid NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, event_id)
)`;

const parkedKey = `
CREATE TABLE parked_key (
  consumer text NOT NULL,
  topic text NOT NULL,
  key text NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  since timestamptz NOT NULL DEFAULT now(),
  next_at timestamptz NOT NULL DEFAULT now(),
  state text NOT NULL DEFAULT 'retrying' CHECK (state IN ('retrying', 'parked')),
  PRIMARY KEY (consumer, topic, key)
)`;

const parkedEvent = `
CREATE TABLE parked_event (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer text NOT NULL,
  topic text NOT NULL,
  key text NOT NULL,
  event_id uuid NOT NULL,
  part int NOT NULL,
  off bigint NOT NULL,
  record_key text,
  headers jsonb NOT NULL,
  payload bytea,
  error text,
  fingerprint text,
  parked_at timestamptz NOT NULL DEFAULT now()
)`;

const wakeUp = `
CREATE TABLE wake_up (
  aggregate text NOT NULL,
  id text NOT NULL,
  due_at timestamptz NOT NULL,
  PRIMARY KEY (aggregate, id)
)`;

/** What operators did about parked events. */
const parkedAction = `
CREATE TABLE parked_action (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  action text NOT NULL CHECK (action IN ('redrive', 'skip')),
  by text NOT NULL,
  reason text,
  selection jsonb NOT NULL,
  keys int NOT NULL
)`;

/** What they dropped, as it came: nothing else has it any more. */
const droppedEvent = `
CREATE TABLE dropped_event (
  action_id bigint NOT NULL REFERENCES parked_action (id) ON DELETE CASCADE,
  seq bigint NOT NULL,
  topic text NOT NULL,
  key text NOT NULL,
  event_id uuid NOT NULL,
  headers jsonb NOT NULL,
  payload bytea,
  error text,
  parked_at timestamptz NOT NULL,
  PRIMARY KEY (action_id, seq)
)`;

/** The tables every service's database holds for messaging. */
export const messagingMigrations: readonly Migration[] = [
  {
    name: '20261123-messaging',
    up: [
      outbox,
      inbox,
      'CREATE INDEX inbox_received_at ON inbox (received_at)',
      parkedKey,
      parkedEvent,
      'CREATE INDEX parked_event_key ON parked_event (consumer, topic, key, seq)',
      wakeUp,
      'CREATE INDEX wake_up_due_at ON wake_up (due_at)',
    ],
  },
  { name: '20261126170000-parked-actions', up: [parkedAction, droppedEvent] },
];
