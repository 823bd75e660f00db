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
import { loadavg } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { inboundTopic } from '@signalbox/domain';
import { KafkaBroker } from '@signalbox/messaging';
import { Pool } from 'pg';
import { durability } from './counters.mjs';
import { summary, verdict } from './figures.mjs';
import { insertFloor, produceFloor, restFloor } from './intake-floors.mjs';
import { atOnce, batches, chunked, load, perBatch, perSend, post, record, singles, source } from './intake-load.mjs';
import { readNow } from './processes.mjs';
import { ProcessorTime } from './processor-time.mjs';
import { withServers } from './servers.mjs';

const [repetitions, events] = [Number(process.argv[2] ?? 5), Number(process.argv[3] ?? 50_000)];
const asked = (process.argv[4] ?? 'single,batch,kafka').split(',');
const goal = 10_000;
const topic = inboundTopic(source);
const program = join(import.meta.dirname, '..', 'apps', 'gateway', 'dist', 'bundle', 'main.js');

/** A gateway of its own, with a database and topics of its own. */
class Gateway {
  static async start(postgres, brokers) {
    const made = new Gateway();
    const name = `intake_${randomUUID().slice(0, 8)}`;
    await postgres.createDatabase(name);
    made.prefix = `${name}.`;
    made.database = postgres.url(name);
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
    return post({ port: 4699, path: `/v1/event-sources/${source.name}/events`, headers }, body);
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

async function main({ postgres, kafka }) {
  if (!kafka) return;
  console.log(await durability(postgres.url('postgres')));
  const figures = Object.fromEntries(asked.map((way) => [way, []]));
  const floors = { insert: [], insertPerCore: [], rest: [], restPerCore: [], produce: [] };
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
      const floor = await insertFloor(gateway.pool, time, events);
      floors.insert.push(floor.rate);
      floors.insertPerCore.push(floor.perCore);
      // Whoever reads along takes of the same processors.
      await gateway.stop();
      const rest = await restFloor(postgres, gateway.database, events);
      floors.rest.push(rest.rate);
      floors.restPerCore.push(rest.perCore);
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
  console.log(`  batches over bare HTTP         ${summary(floors.rest, 0).text}`);
  console.log(`  batches over bare HTTP, a core ${summary(floors.restPerCore, 0).text}`);
  console.log(`  produced from memory, events/s ${summary(floors.produce, 0).text}`);
}

console.log(
  `${repetitions} repetitions of ${events} events (a fifth of that one by one), 20 % duplicates, 1 % invalid; ${singles} requests or ${batches} batches at once; load ${loadavg()[0].toFixed(1)} before; medians with range`,
);
await withServers(main);
