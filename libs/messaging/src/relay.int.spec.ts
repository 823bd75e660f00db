import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { topics } from '@signalbox/domain';
import { eventually, startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { Client } from 'pg';
import { EmbeddedBroker } from './embedded/embedded-broker.js';
import { Metrics } from './metrics.js';
import { messagingMigrations } from './migrations.js';
import { Relay } from './relay.js';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let postgres: TestPostgres;
let databaseUrl: string;
let outbox: Client;
let log: Client;
let broker: EmbeddedBroker;
let relays: Relay[];

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

beforeEach(async () => {
  relays = [];
  databaseUrl = await postgres.url('outbox');
  const logUrl = await postgres.url('log');
  broker = new EmbeddedBroker({ databaseUrl: logUrl });
  await broker.start();
  outbox = new Client({ connectionString: databaseUrl });
  log = new Client({ connectionString: logUrl });
  await Promise.all([outbox.connect(), log.connect()]);
  for (const { up } of messagingMigrations) for (const statement of up) await outbox.query(statement);
});
afterEach(async () => {
  await Promise.all(relays.map((relay) => relay.stop(1_000)));
  await broker.stop();
  await Promise.all([outbox.end(), log.end()]);
});

/** Looks into the outbox by itself so rarely that what is seen sooner has been told. */
function startRelay(): Relay {
  const common = { service: 'test', metrics: new Metrics(), logger: silent, crashAt: () => undefined };
  const relay = new Relay({ databaseUrl, broker, ...common, idlePollMs: 8_000 });
  relays.push(relay);
  relay.start();
  return relay;
}

async function write(from: number, to: number): Promise<void> {
  await outbox.query(
    `INSERT INTO outbox (event_id, topic, key, agg_version, type, payload)
     SELECT gen_random_uuid(), $1, 'a', n, 'test', n::text FROM generate_series($2::int, $3::int) AS n`,
    [topics.planning, from, to],
  );
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Resolves when so many have been sent, to what was sent, in order. */
async function arrived(count: number): Promise<number[]> {
  const read = async () => {
    const { rows } = await log.query<{ value: Buffer }>('SELECT value FROM log ORDER BY topic, part, off');
    return rows.length >= count && rows.map(({ value }) => Number(value.toString()));
  };
  return eventually(read, { withinMs: 4_000, what: `${count} records are sent` });
}

/** No record is appended before the transaction that this begins has ended. */
async function holdTheLog(): Promise<void> {
  await log.query('BEGIN');
  await log.query('SELECT 1 FROM log_partition FOR UPDATE');
}

/** The session of the broker that waits for the log. */
function waitingSession(): Promise<number> {
  const find = async () => {
    const { rows } = await log.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows[0]?.pid;
  };
  return eventually(async () => (await find()) ?? false, { what: 'a batch is on its way' });
}

async function standsBy(): Promise<boolean> {
  const { rowCount } = await outbox.query(
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'relay-test'
       AND state = 'idle' AND query LIKE 'SELECT pg_try_advisory_lock%'`,
  );
  return rowCount === 1;
}

describe('a replica that does not own the outbox', () => {
  it('tells the owner of what it has committed', async () => {
    const owner = startRelay();
    await eventually(() => owner.isOwner, { what: 'the first owns the outbox' });
    const other = startRelay();
    // The first word may come while the owner is about to look by itself; from then on it only knows what it is told.
    for (let round = 1; round <= 3; round += 1) {
      await write(round, round);
      other.poke();
      expect(await arrived(round)).toEqual(upTo(round));
    }
    expect(other.isOwner).toBe(false);
  });

  it('sends what is left when it is stopped and the owner is gone', async () => {
    const owner = startRelay();
    await eventually(() => owner.isOwner, { what: 'the first owns the outbox' });
    const other = startRelay();
    await eventually(standsBy, { what: 'the second has found the lock taken' });
    await owner.stop(1_000);
    await write(1, 3);
    await other.stop(1_000);
    expect(await arrived(3)).toEqual(upTo(3));
    expect((await outbox.query('SELECT 1 FROM outbox')).rowCount).toBe(0);
  });
});

describe('an owner', () => {
  it('sends each row once and in order, also those written while a batch is on its way, and leaves none', async () => {
    await holdTheLog();
    await write(1, 1_200);
    const relay = startRelay();
    await waitingSession();
    await write(1_201, 1_300);
    await log.query('COMMIT');
    relay.poke();
    expect(await arrived(1_300)).toEqual(upTo(1_300));
    const left = async () => (await outbox.query('SELECT 1 FROM outbox')).rowCount;
    await eventually(async () => (await left()) === 0, { what: 'what was sent is deleted' });
  });

  it('keeps a batch that could not be sent, and what follows it, for the next attempt', async () => {
    await holdTheLog();
    await write(1, 1_200);
    startRelay();
    await log.query('SELECT pg_terminate_backend($1)', [await waitingSession()]);
    await log.query('COMMIT');
    expect(await arrived(1_200)).toEqual(upTo(1_200));
  });
});
