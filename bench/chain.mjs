/**
 * The floor of a release whose hops cross a broker, a program that is measured as the peers are: twelve times in a row a
 * plain commit of one row, then a record sent and read, by the clients of PostgreSQL and Kafka alone; `table`: by
 * PostgreSQL's alone, where the log is a table. Nobody keeps what is to be sent, knows what has come, or decides.
 * `grouped`: all that waits at one time shares a commit, and a send.
 * `PEERS_POSTGRES=… CHAIN_BROKERS=… node chain.mjs CLIENTS MOST SECONDS kafka|table single|grouped`.
 */
import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { Client, Pool } from 'pg';
import { clients, measure, pgUrl, STEPS, stepResult } from './peers/measure.mjs';

/** From the request of the first stage that has reached its executor to the end of the release. */
const hops = 12;
const [, , , , , over, how] = process.argv;
/** As long as what planning asks of a stage. */
const value = 'x'.repeat(1_000);

const database = pgUrl('chain');
const pool = new Pool({ connectionString: database, max: clients });
await pool.query('CREATE TABLE IF NOT EXISTS hop (id uuid, number int, result jsonb, PRIMARY KEY (id, number))');
await pool.query('TRUNCATE hop');
const arrivals = new Map();
const arrived = (key) => arrivals.get(key)?.();
const log = over === 'kafka' ? await openTopic() : await openTable();
const [commit, send] = [commitAll, log.send].map(how === 'grouped' ? grouped : alone);

/** One call of `work` for each item. */
function alone(work) {
  return (item) => work([item]);
}

/** One call of `work` at a time, for all items that have come during the one before. */
function grouped(work) {
  let waiting = [];
  let isWorking = false;
  const go = async () => {
    isWorking = true;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      await work(group.map(({ item }) => item)).then(
        () => group.forEach(({ resolve }) => resolve()),
        (error) => group.forEach(({ reject }) => reject(error)),
      );
    }
    isWorking = false;
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!isWorking) void go();
    });
}

async function commitAll(rows) {
  const text = 'INSERT INTO hop SELECT * FROM unnest($1::uuid[], $2::int[], $3::jsonb[])';
  const columns = [rows.map(({ id }) => id), rows.map(({ number }) => number), rows.map(({ result }) => result)];
  await pool.query({ name: 'hop', text, values: columns });
}

async function openTopic() {
  const brokers = process.env.CHAIN_BROKERS.split(',');
  const kafka = new Kafka({ clientId: 'chain', brokers, logLevel: logLevel.NOTHING });
  const topic = `chain-${randomUUID()}`;
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 16 }], waitForLeaders: true });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 250 });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (payload.restart) return;
    process.stderr.write(`error: the reader has ended: ${payload.error.message}\n`);
    process.exit(1);
  });
  await Promise.all([producer.connect(), consumer.connect()]);
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommitInterval: 1_000,
    partitionsConsumedConcurrently: 4,
    eachBatch: async ({ batch }) => batch.messages.forEach(({ key }) => arrived(String(key))),
  });
  return {
    send: (keys) => producer.send({ topic, acks: -1, messages: keys.map((key) => ({ key, value })) }),
    async close() {
      await consumer.disconnect();
      await producer.disconnect();
      await admin.deleteTopics({ topics: [topic] });
      await admin.disconnect();
    },
  };
}

/** Whoever has sent pokes the reader; a row that commits after one with a higher number is read all the same. */
async function openTable() {
  await pool.query('CREATE TABLE IF NOT EXISTS log (seq bigint PRIMARY KEY, key text, value text)');
  await pool.query('CREATE SEQUENCE IF NOT EXISTS log_seq');
  await pool.query(`TRUNCATE log; SELECT setval('log_seq', 1, false)`);
  const reader = new Client({ connectionString: database });
  await reader.connect();
  // A plan that was made when the table was empty would read all of it ever after.
  await reader.query('SET enable_seqscan = off');
  let lowest = 0;
  const above = new Set();
  const take = grouped(async () => {
    const text = 'SELECT seq::int, key, value FROM log WHERE seq > $1';
    const { rows } = await reader.query({ name: 'take', text, values: [lowest] });
    for (const { seq, key } of rows.filter((row) => !above.has(row.seq))) {
      above.add(seq);
      arrived(key);
    }
    while (above.delete(lowest + 1)) lowest += 1;
  });
  const text = `INSERT INTO log SELECT nextval('log_seq'), key, $2 FROM unnest($1::text[]) AS key`;
  return {
    async send(keys) {
      await pool.query({ name: 'send', text, values: [keys, value] });
      await take();
    },
    close: () => reader.end(),
  };
}

async function run(id) {
  let result;
  for (let number = 1; number <= hops; number += 1) {
    result = stepResult(id, Math.min(number, STEPS));
    await commit({ id, number, result });
    const key = `${id}/${number}`;
    const heard = new Promise((resolve) => arrivals.set(key, resolve));
    await Promise.all([send(key), heard]);
    arrivals.delete(key);
  }
  return result;
}

const find = async (id) =>
  (await pool.query('SELECT result FROM hop WHERE id = $1 AND number = $2', [id, hops])).rows[0].result;

await measure({ peer: `hops over ${over}, ${how}`, version: '', run, find });
await log.close();
await pool.end();
