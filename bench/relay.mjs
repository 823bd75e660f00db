/**
 * The relay alone, on a real PostgreSQL with durable settings and a real Kafka with acks from all: how fast it sends
 * what waits, beside the same client sending the same records from memory; and how long an event takes from its commit
 * to a reader while a thousand are written a second. `npm run bench -- relay [repetitions] [rows] [seconds]`.
 */
import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { topics } from '@signalbox/domain';
import { KafkaBroker, Messaging } from '@signalbox/messaging';
import { Database } from '@signalbox/persistence';
import { durability } from './counters.mjs';
import { summary, verdict } from './figures.mjs';
import { withServers } from './servers.mjs';

const [repetitions, rows, seconds] = [
  Number(process.argv[2] ?? 5),
  Number(process.argv[3] ?? 500_000),
  Number(process.argv[4] ?? 20),
];
const goals = { rowsPerSecond: 20_000, lagMs: 50 };
const perSecond = 1_000;
const perTransaction = 10;
const batch = 500;
const topic = topics.planning;
const warmUpBatches = 20;
const silent = { debug() {}, info() {}, warn() {}, error() {} };
/** As large as most events of a release are. */
const payload = JSON.stringify({ context: {}, subject: { id: 'x', content: { text: 'x'.repeat(600) } } });
const headers = {
  ce_specversion: '1.0',
  ce_source: '/signalbox/bench',
  ce_type: 'bench',
  'content-type': 'application/json',
};

/** A service that only sends: its database, its relay, and the broker. */
class Sender {
  static async open(postgres, brokers, prefix) {
    const name = `relay_${randomUUID().slice(0, 8)}`;
    await postgres.createDatabase(name);
    const made = new Sender();
    made.url = postgres.url(name);
    made.broker = new KafkaBroker({ brokers, clientId: name, topicPrefix: prefix });
    await made.broker.start();
    made.database = await Database.open({ url: made.url, name: 'bench', migrations: [] });
    return made;
  }

  async startRelay() {
    const { database, broker, url } = this;
    this.messaging = new Messaging({
      service: 'bench',
      source: '/signalbox/bench',
      broker,
      transactions: database.transactions,
      databaseUrl: url,
      logger: silent,
    });
    await this.messaging.start();
  }

  async write(count, headersOf = headers) {
    await this.database.query(
      `INSERT INTO outbox (event_id, topic, key, agg_version, type, headers, payload)
       SELECT gen_random_uuid(), $1, 'key-' || number % 1000, 1, 'bench', $2, $3 FROM generate_series(1, $4::int) AS number`,
      [topic, JSON.stringify(headersOf), payload, count],
    );
  }

  async waiting() {
    const [row] = await this.database.query('SELECT count(*)::int AS count FROM outbox');
    return row.count;
  }

  async close() {
    await this.messaging?.stop();
    await this.broker.stop();
    await this.database.close();
  }
}

/** How many records the broker has. */
async function recordsOf(sender) {
  const subscription = await sender.broker.subscribe({
    group: randomUUID(),
    topics: [topic],
    onBatch: async () => undefined,
  });
  try {
    return (await subscription.progress()).reduce((sum, { end }) => sum + end, 0);
  } finally {
    await subscription.stop();
  }
}

/** @returns rows per second from the relay's start until nothing waits */
async function drained(sender) {
  const before = await recordsOf(sender);
  await sender.write(rows);
  await sender.database.query('ANALYZE outbox');
  const began = performance.now();
  await sender.startRelay();
  while ((await sender.waiting()) > 0) await pause(100);
  const rate = (rows * 1000) / (performance.now() - began);
  const sent = (await recordsOf(sender)) - before;
  if (sent !== rows) throw new Error(`of ${rows} rows ${sent} are at the broker`);
  return rate;
}

/** @returns records per second of the same client, batches of the same size, one in flight, from memory */
async function floor(sender) {
  const records = Array.from({ length: batch }, (_, index) => ({
    topic,
    key: `key-${index}`,
    headers,
    value: payload,
  }));
  const batches = Math.ceil(rows / batch / 5);
  // The relay after it finds a connection that is there and code that has run.
  for (let index = 0; index < warmUpBatches; index += 1) await sender.broker.sendBatch(records);
  const began = performance.now();
  for (let index = 0; index < batches; index += 1) await sender.broker.sendBatch(records);
  return (batches * batch * 1000) / (performance.now() - began);
}

/** @returns the 50th and 99th percentile, in milliseconds, from before COMMIT is sent until a reader has it */
async function lag(sender) {
  const lags = [];
  const reader = { isReading: false };
  await sender.startRelay();
  const subscription = await sender.broker.subscribe({
    group: randomUUID(),
    topics: [topic],
    onBatch: async ({ records }) => {
      reader.isReading = true;
      for (const { headers: of } of records) if (of.sent) lags.push(Date.now() - Number(of.sent));
    },
  });
  const period = (1000 * perTransaction) / perSecond;
  // Nothing counts until the reader has joined its group.
  while (!reader.isReading) {
    await sender.write(perTransaction);
    await pause(200);
  }
  const began = performance.now();
  let due = began;
  for (const until = due + seconds * 1000; due < until; due += period) {
    await pause(Math.max(0, due - performance.now()));
    await sender.write(perTransaction, { ...headers, sent: String(Date.now()) });
    sender.messaging.poke();
  }
  const written = seconds * perSecond;
  const took = performance.now() - began;
  if (took > seconds * 1100) throw new Error(`it took ${Math.round(took)} ms to write ${written} events in time`);
  for (const until = performance.now() + 30_000; lags.length < written && performance.now() < until;) await pause(100);
  await subscription.stop();
  if (lags.length !== written) throw new Error(`of ${written} events ${lags.length} were read`);
  lags.sort((a, b) => a - b);
  return { p50: lags[Math.floor(lags.length * 0.5)], p99: lags[Math.floor(lags.length * 0.99)] };
}

async function measure(postgres, brokers) {
  const figures = { drain: [], ratio: [], p50: [], p99: [] };
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const sender = await Sender.open(postgres, brokers, `drain${repetition}.`);
    const least = await floor(sender);
    const drain = await drained(sender);
    await sender.close();
    figures.drain.push(drain);
    figures.ratio.push(drain / least);
    const written = await Sender.open(postgres, brokers, `lag${repetition}.`);
    const { p50, p99 } = await lag(written);
    await written.close();
    figures.p50.push(p50);
    figures.p99.push(p99);
  }
  return figures;
}

console.log(
  `${repetitions} repetitions; ${rows} rows waiting, then ${perSecond} events/s for ${seconds} s in transactions of ${perTransaction}; acks of all; medians with range`,
);
await withServers(async ({ postgres, kafka }) => {
  if (!kafka) return;
  console.log(`${await durability(postgres.url('postgres'))}; off for what the relay deletes`);
  const { drain, ratio, p50, p99 } = await measure(postgres, kafka.brokers);
  const [rate, late] = [summary(drain, 0), summary(p99, 0)];
  const isFast = verdict(rate.median >= goals.rowsPerSecond, `below ${goals.rowsPerSecond}`);
  const isPrompt = verdict(late.median < goals.lagMs, `not below ${goals.lagMs} ms`);
  console.log(`relay, rows/s                     ${rate.text}  goal >= ${goals.rowsPerSecond}: ${isFast}`);
  console.log(`relay over the client from memory ${summary(ratio, 2).text}`);
  console.log(`commit to reader, p50 ms          ${summary(p50, 0).text}`);
  console.log(`commit to reader, p99 ms          ${late.text}  goal < ${goals.lagMs}: ${isPrompt}`);
});
