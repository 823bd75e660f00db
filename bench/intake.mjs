/**
 * Events from outside: over REST one by one, over REST in batches of a hundred, and written to the source's topic; a
 * fifth of them has come before, one in a hundred is not valid. The gateway is a process of its own on a durable
 * PostgreSQL and a real Kafka. Counted are the events that it has dealt with for good: archived, known to have come
 * before, or refused; and the seconds of a processor that it and PostgreSQL took, without clients and Kafka.
 * `npm run bench -- intake [repetitions] [events] [single,batch,kafka]`; a wrong count of anything fails it. With
 * INTAKE_PROFILE=FOLDER the gateway leaves a CPU profile there.
 */
import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { inboundTopic, testSuiteRunFinished } from '@signalbox/domain';
import { KafkaBroker } from '@signalbox/messaging';
import { Pool } from 'pg';
import { readNow } from './processes.mjs';
import { ProcessorTime } from './processor-time.mjs';
import { summary, verdict } from './figures.mjs';
import { withServers } from './servers.mjs';

const [repetitions, events] = [Number(process.argv[2] ?? 5), Number(process.argv[3] ?? 50_000)];
const asked = (process.argv[4] ?? 'single,batch,kafka').split(',');
const goal = 10_000;
const perBatch = 100;
/** Requests that are under way at once. */
const [singles, batches] = [64, 8];
const perSend = 500;
const source = { name: 'bench', prefix: '/bench' };
const topic = inboundTopic(source);
const program = join(import.meta.dirname, '..', 'apps', 'gateway', 'dist', 'bundle', 'main.js');
const agent = new Agent({ keepAlive: true, maxSockets: singles });

/** A gateway of its own, with a database and topics of its own. */
class Gateway {
  static async start(postgres, brokers) {
    const made = new Gateway();
    const name = `intake_${randomUUID().slice(0, 8)}`;
    await postgres.createDatabase(name);
    made.prefix = `${name}.`;
    made.key = `sbx_${randomBytes(32).toString('base64url')}`;
    made.pool = new Pool({ connectionString: postgres.url(name), max: batches });
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'EdDSA' };
    const nowhere = ['planning', 'build-coordinator', 'test-orchestrator', 'deployer', 'monitor', 'feedback'];
    const profile = process.env.INTAKE_PROFILE;
    made.child = spawn(process.execPath, [...(profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : []), program], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: {
        PATH: process.env.PATH,
        PORT: '4699',
        DATABASE_URL: postgres.url(name),
        KAFKA_BROKERS: brokers.join(','),
        TOPIC_PREFIX: made.prefix,
        EVENT_SOURCES: `${source.name}=${source.prefix}`,
        IDENTITY_JWKS: JSON.stringify({ keys: [jwk] }),
        IDENTITY_KEY: JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid: 'k' }),
        CURSOR_KEY: randomBytes(32).toString('hex'),
        ADMIN_KEY: made.key,
        UPSTREAMS: JSON.stringify(Object.fromEntries(nowhere.map((each) => [each, 'http://127.0.0.1:9']))),
        RATE_LIMIT: '1000000000',
        LOG_LEVEL: 'error',
      },
    });
    made.ended = new Promise((resolve) => made.child.once('exit', resolve));
    while (!(await made.isReady())) await pause(100);
    return made;
  }

  /** @throws when it has ended, or another process answers at its port */
  async isReady() {
    if (this.child.exitCode !== null) throw new Error(`the gateway ended with ${this.child.exitCode}`);
    const answer = await fetch('http://127.0.0.1:4699/health/ready').catch(() => undefined);
    if (!answer?.ok) return false;
    const { pid } = await answer.json();
    if (pid !== this.child.pid) throw new Error(`process ${pid} answers at port 4699`);
    return true;
  }

  send(body, type) {
    const headers = { authorization: `Bearer ${this.key}`, 'content-type': type, 'content-length': body.length };
    const options = { agent, method: 'POST', port: 4699, path: `/v1/event-sources/${source.name}/events`, headers };
    return new Promise((resolve, reject) => {
      const call = request(options, (answer) => {
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.once('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString() }));
      });
      call.once('error', reject);
      call.end(body);
    });
  }

  async figures() {
    const { rows } = await this.pool.query(
      `SELECT coalesce(sum(accepted), 0)::int AS accepted, coalesce(sum(duplicates), 0)::int AS duplicates,
         coalesce(sum(refused), 0)::int AS refused FROM event_source_tally`,
    );
    return rows[0];
  }

  async archived() {
    const { rows } = await this.pool.query('SELECT count(*)::int AS count FROM activity');
    return rows[0].count;
  }

  async stop() {
    this.child.kill('SIGTERM');
    await this.ended;
    if (!this.pool.ended) await this.pool.end();
  }
}

/** @returns the events in the order in which they are sent, and what must become of them */
function load(count) {
  const sent = [];
  const expected = { accepted: 0, duplicates: 0, refused: 0 };
  const distinct = [];
  for (let number = 0; number < count; number += 1) {
    if (number % 100 === 50) {
      sent.push(invalid(number));
      expected.refused += 1;
    } else if (number % 5 === 4) {
      // Of any age, the event before it included.
      sent.push(distinct[Math.floor(Math.random() * distinct.length)]);
      expected.duplicates += 1;
    } else {
      distinct.push(event(number));
      sent.push(distinct.at(-1));
      expected.accepted += 1;
    }
  }
  return { sent, expected };
}

/** As large as most are: a suite's result with its links, about 900 bytes. */
function event(number) {
  const [id, time] = [randomUUID(), new Date().toISOString()];
  const context = {
    version: '0.4.1',
    id,
    source: `${source.prefix}/ci`,
    type: testSuiteRunFinished.type,
    timestamp: time,
    chainId: `rel_${number % 1_000}`,
    links: [{ linkType: 'RELATION', linkKind: 'TRIGGER', target: { contextId: randomUUID() } }],
  };
  const content = { environment: { id: 'staging' }, outcome: 'success', testSuite: { id: 'api', name: 'API' } };
  const customData = { job: `https://ci.example.org/job/${number}`, log: 'x'.repeat(300) };
  const data = { context, subject: { id: `suite-${number}`, type: 'testSuiteRun', content }, customData };
  return { specversion: '1.0', id, source: context.source, type: context.type, time, data };
}

function invalid(number) {
  const found = event(number);
  const faults = [
    { source: '/elsewhere' },
    { time: 'noon' },
    { data: { ...found.data, subject: { id: 'suite', content: { outcome: 'green' } } } },
  ];
  return { ...found, ...faults[number % faults.length] };
}

/** Calls `work` for each item, so many at once. */
async function atOnce(count, items, work) {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) await work(items[index]);
  };
  await Promise.all(Array.from({ length: count }, worker));
}

const isProblem = (status) => status === 400 || status === 403;

const ways = {
  single: async (gateway, sent) => {
    const bodies = sent.map((each) => Buffer.from(JSON.stringify(each)));
    return () =>
      atOnce(singles, bodies, async (body) => {
        const { status, text } = await gateway.send(body, 'application/cloudevents+json');
        if (status !== 202 && !isProblem(status)) throw new Error(`${status} ${text}`);
      });
  },
  batch: async (gateway, sent) => {
    const parts = chunked(sent, perBatch).map((part) => Buffer.from(JSON.stringify(part)));
    return () =>
      atOnce(batches, parts, async (body) => {
        const { status, text } = await gateway.send(body, 'application/cloudevents-batch+json');
        if (status !== 202) throw new Error(`${status} ${text}`);
      });
  },
  kafka: async (gateway, sent, broker) => {
    const sends = chunked(sent.map(record), perSend);
    return async () => {
      for (const records of sends) await broker.sendBatch(records);
    };
  },
};

const titles = { single: 'REST single', batch: 'REST batch of 100', kafka: 'Kafka' };

function chunked(list, size) {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size));
}

function record({ data, ...attributes }) {
  const headers = Object.entries(attributes).map(([name, value]) => [`ce_${name}`, value]);
  return { topic, key: data.context.chainId, headers: Object.fromEntries(headers), value: JSON.stringify(data) };
}

/** One way in, until everything is dealt with. */
async function measure(gateway, time, broker, way, count) {
  const { sent, expected } = load(count);
  const send = await ways[way](gateway, sent, broker);
  const [before, archivedBefore] = [await gateway.figures(), await gateway.archived()];
  const usedBefore = time.read();
  const began = performance.now();
  await send();
  const answeredMs = performance.now() - began;
  const told = await settled(gateway, before, expected);
  const doneMs = performance.now() - began;
  const used = ProcessorTime.between(usedBefore, time.read());
  const archived = (await gateway.archived()) - archivedBefore;
  if (JSON.stringify(told) !== JSON.stringify(expected) || archived !== expected.accepted)
    throw new Error(`${way}: ${JSON.stringify({ ...told, archived })}, sent were ${JSON.stringify(expected)}`);
  const cpuS = used.gateway + used.postgres;
  return { answered: (count * 1000) / answeredMs, done: (count * 1000) / doneMs, perCore: count / cpuS, used, told };
}

async function settled(gateway, before, expected) {
  const total = expected.accepted + expected.duplicates + expected.refused;
  for (const deadline = Date.now() + 300_000; ; await pause(50)) {
    const now = await gateway.figures();
    const told = Object.fromEntries(Object.entries(now).map(([name, value]) => [name, value - before[name]]));
    if (told.accepted + told.duplicates + told.refused >= total || Date.now() > deadline) return told;
  }
}

/** The least that keeping the same bytes takes: a hundred rows in each INSERT and nothing else. */
async function insertFloor(gateway, time, count) {
  await gateway.pool.query('CREATE TABLE IF NOT EXISTS floor (id uuid PRIMARY KEY, key text, payload text)');
  const rows = Array.from({ length: count }, (_, number) => event(number));
  const parts = chunked(
    rows.map(({ id, data }) => [id, data.context.chainId, JSON.stringify(data)]),
    perBatch,
  );
  const usedBefore = time.read();
  const began = performance.now();
  await atOnce(batches, parts, (part) =>
    gateway.pool.query('INSERT INTO floor SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])', [
      part.map(([id]) => id),
      part.map(([, key]) => key),
      part.map(([, , payload]) => payload),
    ]),
  );
  const rate = (count * 1000) / (performance.now() - began);
  return { rate, perCore: count / ProcessorTime.between(usedBefore, time.read()).postgres };
}

/** The same client, the same records, and nobody who reads them. */
async function produceFloor(broker, count) {
  const sends = chunked(
    Array.from({ length: count }, (_, number) => ({ ...record(event(number)), topic: 'signalbox.feedback' })),
    perSend,
  );
  const began = performance.now();
  for (const records of sends) await broker.sendBatch(records);
  return (count * 1000) / (performance.now() - began);
}

async function main({ postgres, kafka }) {
  if (!kafka) return;
  const figures = Object.fromEntries(asked.map((way) => [way, []]));
  const floors = { insert: [], insertPerCore: [], produce: [] };
  const peaks = [];
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const gateway = await Gateway.start(postgres, kafka.brokers);
    const options = { brokers: kafka.brokers, clientId: 'outside', topicPrefix: gateway.prefix, sources: [source] };
    const broker = new KafkaBroker({ ...options, topics: [topic, 'signalbox.feedback'] });
    await broker.start();
    try {
      const time = new ProcessorTime({ gateway: gateway.child.pid, postgres: postgres.pid });
      for (const way of asked) await measure(gateway, time, broker, way, 2_000);
      for (const way of asked) {
        const count = way === 'single' ? Math.ceil(events / 5) : events;
        figures[way].push(await measure(gateway, time, broker, way, count));
      }
      peaks.push(peakMbOf(gateway.child.pid));
      const floor = await insertFloor(gateway, time, events);
      floors.insert.push(floor.rate);
      floors.insertPerCore.push(floor.perCore);
      // Whoever reads along takes of the same processors.
      await gateway.stop();
      floors.produce.push(await produceFloor(broker, events));
    } finally {
      await broker.stop();
      await gateway.stop();
    }
  }
  tell(figures, floors, peaks);
}

/** The most memory that was ever resident. */
function peakMbOf(pid) {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readNow(`/proc/${pid}/status`))?.[1]) / 1024;
}

function tell(figures, floors, peaks) {
  for (const [way, runs] of Object.entries(figures)) {
    const of = (figure, digits = 0) => summary(runs.map(figure), digits);
    const [done, perCore] = [of((run) => run.done), of((run) => run.perCore)];
    console.log(titles[way]);
    console.log(`  answered or produced, events/s ${of((run) => run.answered).text}`);
    const isGoal = way === 'single' ? '' : `  goal >= ${goal}: ${verdict(done.median >= goal, `below ${goal}`)}`;
    console.log(`  dealt with, events/s           ${done.text}${isGoal}`);
    const isCoreGoal = isGoal && `  goal >= ${goal}: ${verdict(perCore.median >= goal, `below ${goal}`)}`;
    console.log(`  dealt with, per core used      ${perCore.text}${isCoreGoal}`);
    const [gateway, postgres] = [of((run) => run.used.gateway, 2), of((run) => run.used.postgres, 2)];
    console.log(`  seconds of a processor         gateway ${gateway.text}, PostgreSQL ${postgres.text}`);
    console.log(`  counted exactly                ${JSON.stringify(runs.at(-1).told)} in the last run, and in all`);
  }
  console.log(`the gateway's most resident memory, MB ${summary(peaks, 0).text}`);
  console.log('floors');
  console.log(`  INSERT of 100 rows, events/s   ${summary(floors.insert, 0).text}`);
  console.log(`  INSERT, per core of PostgreSQL ${summary(floors.insertPerCore, 0).text}`);
  console.log(`  produced from memory, events/s ${summary(floors.produce, 0).text}`);
}

console.log(
  `${repetitions} repetitions of ${events} events (a fifth of that one by one), 20 % duplicates, 1 % invalid; ${singles} requests or ${batches} batches at once; fsync and synchronous_commit on; load ${loadavg()[0].toFixed(1)} before; medians with range`,
);
await withServers(main);
