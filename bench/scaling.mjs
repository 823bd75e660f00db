/**
 * One stage's consumers as one, two and four processes on a real Kafka, each event handled in five milliseconds of
 * waiting: how much more they do together, that each key keeps its order and each event its one effect, and how long
 * the others stand still when a process joins, and a dead one's keys until somebody has taken them over.
 * `npm run bench -- scaling [repetitions] [seconds] [partitions of each topic, as KAFKA_TOPIC_PARTITIONS says]`.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { draft, releaseStarted } from '@signalbox/domain';
import { appendOutbox, KafkaBroker, kafkaPartitions, Messaging } from '@signalbox/messaging';
import { Database } from '@signalbox/persistence';
import { summary, verdict } from './figures.mjs';
import { withServers } from './servers.mjs';

const [repetitions, seconds] = [Number(process.argv[2] ?? 5), Number(process.argv[3] ?? 20)];
const counts = [1, 2, 4];
const goal = 3.5;
const keys = 480;
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const partitions = Number(process.argv[4] ?? kafkaPartitions);
/** Partitions that one process handles at once, and what each of them could do if nothing but the wait took time. */
const atOnce = 4;
const perPartition = 200;
/** Begin and end are not steady: partitions that are empty sooner do not count as slow ones. */
const steady = { from: 0.1, to: 0.7 };

/** A topic of its own, full of events, and the processes that read it. */
class Stage {
  #children = new Map();

  static async open(postgres, brokers, events) {
    const made = new Stage();
    const name = `scaling_${randomUUID().slice(0, 8)}`;
    await postgres.createDatabase(name);
    await postgres.createDatabase(`${name}_source`);
    made.variables = { DATABASE_URL: postgres.url(name), BROKERS: brokers.join(','), TOPIC_PREFIX: `${name}.` };
    made.events = events;
    made.database = await Database.open({ url: postgres.url(name), name: 'bench', migrations: [] });
    await made.database.query(
      'CREATE TABLE effect (seq bigint GENERATED ALWAYS AS IDENTITY, key text, version int, process text, at timestamptz DEFAULT clock_timestamp())',
    );
    await made.#publish(postgres.url(`${name}_source`), brokers, `${name}.`);
    return made;
  }

  /** Each key's events in its order, as a service would have published them. */
  async #publish(databaseUrl, brokers, topicPrefix) {
    const database = await Database.open({ url: databaseUrl, name: 'bench', migrations: [] });
    const broker = new KafkaBroker({ brokers, clientId: 'bench', topicPrefix, topicSettings: { partitions } });
    const { transactions } = database;
    const source = '/signalbox/bench';
    const messaging = new Messaging({ service: 'bench', source, broker, transactions, databaseUrl, logger: silent });
    await messaging.start();
    for (let version = 1; version <= this.events / keys; version += 1) {
      await database.transactions.run(async (tx) => {
        const entries = Array.from({ length: keys }, (_, key) => {
          const content = { releaseId: `rel_${key}`, application: 'bench', version: '1.0.0' };
          const of = { subject: `rel_${key}`, key: `rel_${key}`, chainId: `rel_${key}`, content };
          return { draft: draft(releaseStarted, of), aggId: `rel_${key}`, aggVersion: version };
        });
        appendOutbox(tx, source, entries);
      });
    }
    await until('the outbox to be sent', async () => (await messaging.status()).outboxRows === 0);
    await messaging.stop();
    await database.close();
  }

  start(count) {
    for (let number = 0; number < count; number += 1) {
      const name = `process-${this.#children.size + 1}`;
      const env = { ...process.env, ...this.variables, NAME: name };
      const script = join(import.meta.dirname, 'scaling-consumer.mjs');
      this.#children.set(name, spawn(process.execPath, [script], { env, stdio: ['ignore', 'inherit', 'inherit'] }));
    }
  }

  kill(name) {
    this.#children.get(name).kill('SIGKILL');
  }

  async done() {
    const [row] = await this.database.query('SELECT count(*)::int AS count FROM effect');
    return row.count;
  }

  async all() {
    await until('every event to be handled', async () => (await this.done()) >= this.events, 600_000);
    await this.#check();
  }

  /** Events per second while all were at work: from when the last process had joined. */
  async rate() {
    const [row] = await this.database.query(
      `WITH ordered AS (SELECT at, row_number() OVER (ORDER BY at) AS n FROM effect),
         joined AS (SELECT max(first) AS at FROM (SELECT min(at) AS first FROM effect GROUP BY process) AS firsts)
       SELECT extract(epoch FROM max(at) - min(at))::float8 AS seconds, count(*)::int AS count
       FROM ordered WHERE n BETWEEN $1 AND $2 AND at >= (SELECT at FROM joined)`,
      [Math.floor(this.events * steady.from), Math.floor(this.events * steady.to)],
    );
    if (row.count < this.events / 10) throw new Error('the last process joined when most was done: more seconds');
    return row.count / row.seconds;
  }

  /** The longest time without any effect between two moments. */
  async stall(from) {
    const [row] = await this.database.query(
      `SELECT coalesce(max(gap), 0)::float8 AS seconds FROM (
         SELECT extract(epoch FROM at - lag(at) OVER (ORDER BY at)) AS gap, at FROM effect) AS gaps WHERE at > $1`,
      [from],
    );
    return row.seconds;
  }

  /** How long the keys of a process waited for another one at most. */
  async takeOver(name) {
    const [row] = await this.database.query(
      `SELECT max(extract(epoch FROM at - last))::float8 AS seconds, count(*)::int AS keys FROM (
         SELECT DISTINCT ON (e.key) e.at, own.last FROM effect e
         JOIN (SELECT key, max(at) AS last FROM effect WHERE process = $1 GROUP BY key) AS own
           ON own.key = e.key AND e.at > own.last ORDER BY e.key, e.at) AS next`,
      [name],
    );
    return row;
  }

  /** Every event has one effect, and the effects of each key are in its order. */
  async #check() {
    const [row] = await this.database.query(
      `SELECT count(*)::int AS effects, count(DISTINCT (key, version))::int AS events, count(*) FILTER (WHERE version <> turn)::int AS astray
       FROM (SELECT key, version, row_number() OVER (PARTITION BY key ORDER BY seq) AS turn FROM effect) AS turns`,
    );
    if (row.effects !== this.events || row.events !== this.events || row.astray !== 0)
      throw new Error(`of ${this.events} events: ${JSON.stringify(row)}`);
  }

  async close() {
    for (const child of this.#children.values()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    await this.database.close();
  }
}

async function until(what, holds, withinMs = 120_000) {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await pause(100)) if (await holds()) return;
  throw new Error(`waited in vain for ${what}`);
}

/** As many events as keep so many processes busy for some seconds. */
const eventsFor = (count) => Math.ceil((Math.min(partitions, count * atOnce) * perPartition * seconds) / keys) * keys;

async function throughput(postgres, brokers, count) {
  const stage = await Stage.open(postgres, brokers, eventsFor(count));
  try {
    stage.start(count);
    await stage.all();
    return await stage.rate();
  } finally {
    await stage.close();
  }
}

/** Two at work, a third joins, then one of them is killed. */
async function changes(postgres, brokers) {
  const stage = await Stage.open(postgres, brokers, eventsFor(4) * 2);
  try {
    stage.start(2);
    await until('both to be at work', async () => (await stage.done()) > stage.events / 20);
    const joinsAt = new Date();
    stage.start(1);
    const isAtWork = async (name) =>
      (await stage.database.query('SELECT 1 FROM effect WHERE process = $1 LIMIT 1', [name])).length > 0;
    await until('the third to be at work', () => isAtWork('process-3'));
    const joined = await stage.stall(joinsAt);
    stage.kill('process-1');
    await stage.all();
    const { seconds: killed, keys: left } = await stage.takeOver('process-1');
    if (left === 0) throw new Error('the process that was killed had left nothing to do: more seconds');
    return { joined, killed };
  } finally {
    await stage.close();
  }
}

async function measure(postgres, brokers) {
  const figures = { rates: Object.fromEntries(counts.map((count) => [count, []])), joined: [], killed: [] };
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    for (const count of counts) figures.rates[count].push(await throughput(postgres, brokers, count));
    const { joined, killed } = await changes(postgres, brokers);
    figures.joined.push(joined);
    figures.killed.push(killed);
  }
  return figures;
}

function report({ rates, joined, killed }) {
  const times = (count) => rates[count].map((rate, index) => rate / rates[1][index]);
  for (const count of counts) {
    const floor = Math.min(partitions, count * atOnce) * perPartition;
    const share = summary(
      rates[count].map((rate) => rate / floor),
      2,
    );
    console.log(
      `events/s, ${count} at work  ${summary(rates[count], 0).text}, of what waiting alone allows ${share.text}`,
    );
  }
  console.log(`two over one           ${summary(times(2), 2).text}`);
  const four = summary(times(4), 2);
  const reason = `below ${goal}; ${partitions} partitions, of which one process handles ${atOnce} at once, allow ${partitions / atOnce}`;
  console.log(`four over one          ${four.text}  goal >= ${goal}: ${verdict(four.median >= goal, reason)}`);
  console.log(`nobody works while one joins, s          ${summary(joined, 2).text}`);
  console.log(`keys of a killed one wait for another, s ${summary(killed, 2).text}`);
}

console.log(
  `${repetitions} interleaved repetitions of about ${seconds} s; ${keys} keys on ${partitions} partitions, 5 ms of waiting for each event, transactions of up to 100; each key's order and each event's one effect are checked; medians with range`,
);
await withServers(async ({ postgres, kafka }) => {
  if (kafka) report(await measure(postgres, kafka.brokers));
});
