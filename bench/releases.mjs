/**
 * No-op releases per second: a real planning service on a real PostgreSQL, and executors that answer each of the six
 * stages at once, both in this process, on both brokers in turn. `node bench/releases.mjs [repetitions] [seconds]`.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { EmbeddedBroker, KafkaBroker } from '@signalbox/messaging';
import { EmbeddedPostgresServer } from '@signalbox/persistence/postgres-server';
import { NoOpExecutors } from './executors.mjs';
import { summary } from './figures.mjs';
import { startKafka } from './kafka.mjs';
import { Planning } from './planning.mjs';

const LANES = [1, 16];
const [repetitions, seconds] = [Number(process.argv[2] ?? 5), Number(process.argv[3] ?? 5)];

/** Planning and executors on one broker; an application for each release that is under way at once. */
class Subject {
  #versions = 0;

  static async start(name, { folder, postgres, variables, broker }) {
    const made = new Subject();
    const database = async (purpose) => {
      await postgres.createDatabase(`${name}_${purpose}`);
      return postgres.url(`${name}_${purpose}`);
    };
    made.executors = await NoOpExecutors.start(await database('executors'), broker);
    made.planning = await Planning.start(join(folder, name), await database('planning'), variables);
    for (let lane = 0; lane < Math.max(...LANES); lane += 1) await made.planning.register(`lane-${lane}`);
    return made;
  }

  async stop() {
    await this.planning.stop();
    await this.executors.stop();
  }

  /** Releases one after another in each lane for some seconds. @returns completed ones per second */
  async throughput(lanes) {
    let completed = 0;
    const began = performance.now();
    const until = began + seconds * 1000;
    const lane = async (_, index) => {
      while (performance.now() < until) {
        const id = await this.planning.release(`lane-${index}`, `1.0.${(this.#versions += 1)}`);
        await this.executors.completed(id);
        completed += 1;
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return (completed * 1000) / (performance.now() - began);
  }
}

async function subjects(folder, postgres, kafka) {
  await postgres.createDatabase('log');
  const log = postgres.url('log');
  const variables = { LOG_DATABASE_URL: log };
  const broker = new EmbeddedBroker({ databaseUrl: log });
  const found = { embedded: await Subject.start('embedded', { folder, postgres, variables, broker }) };
  if (!kafka) return found;
  const topicPrefix = `bench${process.pid}.`;
  found.kafka = await Subject.start('kafka', {
    folder,
    postgres,
    variables: { KAFKA_BROKERS: kafka.brokers.join(','), TOPIC_PREFIX: topicPrefix },
    broker: new KafkaBroker({ brokers: kafka.brokers, clientId: 'bench', topicPrefix }),
  });
  return found;
}

async function measure(subjects) {
  const figures = {};
  for (const subject of Object.values(subjects)) await subject.throughput(Math.max(...LANES));
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    for (const lanes of LANES) {
      for (const [name, subject] of Object.entries(subjects)) {
        ((figures[lanes] ??= {})[name] ??= []).push(await subject.throughput(lanes));
      }
    }
  }
  return figures;
}

function report(figures) {
  for (const lanes of LANES) {
    for (const [name, perSecond] of Object.entries(figures[lanes])) {
      console.log(`${String(lanes).padStart(2)} at once, ${name.padEnd(8)} ${summary(perSecond, 2).text} releases/s`);
    }
    const { embedded, kafka } = figures[lanes];
    if (!kafka) continue;
    const ratio = summary(
      kafka.map((perSecond, i) => perSecond / embedded[i]),
      2,
    );
    console.log(`            Kafka over embedded ${ratio.text}`);
  }
}

console.log(
  `${repetitions} interleaved repetitions of ${seconds} s after one to warm up; medians with range; no goal yet, a first figure`,
);
const folder = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
// PostgreSQL's own user must come through, or its data would stay elsewhere.
await chmod(folder, 0o711);
const postgres = await EmbeddedPostgresServer.start({ dataDir: join(folder, 'postgres') });
let kafka;
let running = {};
try {
  kafka = await startKafka(folder);
  running = await subjects(folder, postgres, kafka);
  report(await measure(running));
} finally {
  for (const subject of Object.values(running)) await subject.stop();
  await kafka?.stop();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}
