import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { topicCatalogue, topics } from '@signalbox/domain';
import { eventually, startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { Client } from 'pg';
import type { IncomingRecord } from '../ports.js';
import { EmbeddedBroker } from './embedded-broker.js';
import { LogConsumer } from './log-consumer.js';
import { trimLog } from './log-schema.js';
import { LogTail } from './log-tail.js';

let postgres: TestPostgres;
let broker: EmbeddedBroker;
let tail: LogTail;
let databaseUrl: string;

beforeAll(async () => {
  postgres = await startPostgres();
  databaseUrl = await postgres.url('log');
  broker = new EmbeddedBroker({ databaseUrl });
  await broker.start();
  tail = await LogTail.open(databaseUrl);
});
afterAll(async () => {
  await tail?.close();
  await broker?.stop();
  await postgres?.stop();
});

it('reads what was appended while it took its partitions over, though nothing follows', async () => {
  const before = tail.ends();
  await broker.sendBatch([{ topic: topics.planning, key: 'a', headers: {}, value: '{}' }]);
  let asked = 0;
  const late: LogTail = Object.create(tail, {
    ends: { value: () => ((asked += 1) === 1 ? before : tail.ends()) },
  }) as LogTail;
  const seen: IncomingRecord[] = [];
  const consumer = new LogConsumer({
    databaseUrl,
    tail: late,
    prefix: '',
    group: 'late',
    topics: topicCatalogue.map(({ name }) => name),
    onBatch: async ({ records }) => void seen.push(...records),
  });
  try {
    await consumer.start();
    await eventually(() => seen.length === 1, { withinMs: 5_000, what: 'the record is read' });
  } finally {
    await consumer.stop();
  }
  expect(seen.map(({ key }) => key)).toEqual(['a']);
});

it('what is too old is deleted once every group has read it, and sooner or later in any case', async () => {
  const topic = topics.build;
  const [reader, behind] = await Promise.all(['reader', 'behind'].map((group) => started(group, topic)));
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const days = (count: number) =>
    client.query(`UPDATE log SET appended_at = now() - $1 * interval '1 day' WHERE topic = $2`, [count, topic]);
  const left = async () => {
    await trimLog(client);
    const { rows } = await client.query<{ key: string }>('SELECT key FROM log WHERE topic = $1 ORDER BY key', [topic]);
    return rows.map(({ key }) => key);
  };
  const append = (key: string) => broker.sendBatch([{ topic, key, headers: {}, value: '{}' }]);
  try {
    await append('one');
    await eventually(() => reader?.seen.has('one') && behind?.seen.has('one'), { what: 'both have read it' });
    await behind?.consumer.stop();
    await append('two');
    await eventually(() => reader?.seen.has('two'), { what: 'one has read the second' });
    await reader?.consumer.stop();
    await days(8);
    expect(await left()).toEqual(['two']);
    await days(101);
    expect(await left()).toEqual([]);
  } finally {
    await Promise.all([reader?.consumer.stop(), behind?.consumer.stop(), client.end()]);
  }
});

it('a partition is read on by who could not store how far it was read when another was to have it', async () => {
  const topic = topics.test;
  const keys = Array.from({ length: 400 }, (_, index) => String(index));
  const append = (round: string) =>
    broker.sendBatch(keys.map((key) => ({ topic, key: `${round} ${key}`, headers: {}, value: '{}' })));
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (goOn = resolve));
  const seen = new Set<string>();
  const consumer = new LogConsumer({
    databaseUrl,
    tail,
    prefix: '',
    group: 'handed',
    topics: [topic],
    onBatch: async ({ records }) => {
      await held;
      records.forEach(({ key }) => seen.add(key ?? ''));
    },
  });
  await consumer.start();
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>("SELECT pid FROM log_member WHERE grp = 'handed'");
    await append('before');
    const other = await started('handed', topic);
    // Its last word, for longer than it would be silent otherwise: it waits for what it has in hand.
    await eventually(
      async () => {
        const asked = `SELECT query FROM pg_stat_activity WHERE pid = $1 AND state_change < now() - interval '2 s'`;
        const last = await client.query<{ query: string }>(asked, [rows[0]?.pid]);
        return last.rows[0]?.query.startsWith('SELECT m.pid');
      },
      { withinMs: 15_000, what: 'it to give partitions up' },
    );
    await client.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await other.consumer.stop();
    goOn();
    await append('after');
    const missing = () => keys.filter((key) => !seen.has(`after ${key}`));
    await eventually(() => missing().length === 0, { withinMs: 15_000, what: 'every partition to be read' });
  } finally {
    await Promise.all([consumer.stop(), client.end()]);
  }
});

/** A group of one, and the keys that it has read. */
async function started(group: string, topic: string): Promise<{ consumer: LogConsumer; seen: Set<string> }> {
  const seen = new Set<string>();
  const consumer = new LogConsumer({
    databaseUrl,
    tail,
    prefix: '',
    group,
    topics: [topic],
    onBatch: async ({ records }) => records.forEach(({ key }) => seen.add(key ?? '')),
  });
  await consumer.start();
  return { consumer, seen };
}
