// Every executor but feedback as one process that does nothing and says yes at once, in the transaction that heard the
// request: `node executors.ts '<options as JSON>'`. It also notes every event that reaches it, in the order in which it
// came; nothing in the table prevents a second note.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { stageEnded, stageRequested, stageStarted, topics } from '@signalbox/domain';
import type { EventOf, Topic } from '@signalbox/domain';
import { appendOutbox, KafkaBroker, Messaging } from '@signalbox/messaging';
import type { Tx } from '@signalbox/messaging';
import { Database } from '@signalbox/persistence';

interface ExecutorOptions {
  databaseUrl: string;
  brokers: string[];
  topicPrefix: string;
  /** While this file is there, requests of the application `faulty` are met with a fault of the program. */
  faultFile: string;
  /** While this file is there, every event takes `sleepMs`. */
  sleepFile: string;
}

type Request = EventOf<typeof stageRequested>['content'];

const source = '/signalbox/executors';
const topicOf: Partial<Record<Request['kind'], Topic>> = {
  build: topics.build,
  deploy: topics.deployment,
  test: topics.test,
  monitor: topics.monitoring,
};
const logger = { debug() {}, info: say, warn: say, error: say };
const options = JSON.parse(process.argv[2] ?? '{}') as ExecutorOptions;
const { databaseUrl, brokers, topicPrefix, faultFile, sleepFile } = options;
const sleepMs = 10;

const database = await Database.open({
  url: databaseUrl,
  name: 'executors',
  migrations: [
    {
      name: '20261126-executors',
      up: [
        `CREATE TABLE note (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id text NOT NULL,
           source text NOT NULL, agg_id text NOT NULL, agg_version bigint NOT NULL)`,
        'CREATE TABLE live (place text PRIMARY KEY, content jsonb NOT NULL)',
      ],
    },
  ],
  poolSize: 6,
});
const broker = new KafkaBroker({ brokers, clientId: `executors-${randomUUID().slice(0, 8)}`, topicPrefix });
const { transactions } = database;
const messaging = new Messaging({ service: 'executors', source, broker, transactions, databaseUrl, logger });
messaging.onAny(async (event, tx) => {
  if (existsSync(sleepFile)) await sleep(sleepMs);
  tx.execute('INSERT INTO note (event_id, source, agg_id, agg_version) VALUES ($1, $2, $3, $4)', [
    event.id,
    event.source,
    event.aggId,
    event.aggVersion,
  ]);
});
messaging.on(stageRequested, (event, tx) => answer(event, tx));
await messaging.start();
console.log('ready');
process.on('SIGTERM', () => void stop());
/** Of a run that was killed, nothing may stay. */
const parent = process.ppid;
setInterval(() => process.ppid !== parent && process.exit(1), 1_000).unref();
setInterval(() => void redrive(), 500).unref();

async function stop(): Promise<void> {
  await messaging.stop();
  await database.close();
  process.exit(0);
}

async function answer({ id, content: request }: EventOf<typeof stageRequested>, tx: Tx): Promise<void> {
  if (existsSync(faultFile) && request.application.startsWith('faulty')) throw new TypeError('planted');
  const topic = topicOf[request.kind];
  if (topic === undefined) return;
  const { releaseId, stage, attempt } = request;
  const of = { releaseId, stage, attempt, requestEventId: id };
  const outputs = await outputsOf(request, tx);
  const drafts = [stageStarted(topic, of), stageEnded(topic, of, { outcome: 'succeeded', outputs })];
  const entries = drafts.map((draft, i) => ({ draft, aggId: `${releaseId}:${stage}:${attempt}`, aggVersion: i + 1 }));
  appendOutbox(tx, source, entries);
  database.afterCommit(() => messaging.poke());
}

async function outputsOf(request: Request, tx: Tx) {
  const { kind, application, environment, version, releaseId } = request;
  if (kind === 'build') return { artifact: { digest: digestOf(application + version), purl: 'p', sizeBytes: 1 } };
  if (kind !== 'deploy' || !request.deploy || !request.artifact) return {};
  const { slotVersion } = request.deploy;
  const place = `${application}/${environment}`;
  const current = { ...request.artifact, releaseId, version, deploymentId: `dep_${releaseId}`, slotVersion };
  const [known] = await tx.query<{ content: typeof current }>('SELECT content FROM live WHERE place = $1', [place]);
  tx.execute('INSERT INTO live VALUES ($1, $2) ON CONFLICT (place) DO UPDATE SET content = excluded.content', [
    place,
    JSON.stringify(current),
  ]);
  const previous = known && { previous: known.content };
  return { live: { current, ...previous, url: 'http://u', metricsUrl: 'http://m', slotVersion } };
}

/** The fault has been mended: what was parked because of it is tried again, as an operator would. */
async function redrive(): Promise<void> {
  if (existsSync(faultFile)) return;
  try {
    const parked = await messaging.parked.list();
    for (const { topic, key, eventId } of parked) {
      if (key.startsWith('poison-') && eventId !== null)
        await messaging.parked.skip({ topic, key, eventId }, 'harness', 'poison');
      else await messaging.parked.redrive({ topic, key }, 'harness');
    }
  } catch {
    // The database is away; half a second later it may be back.
  }
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function say(fields: object, message: string): void {
  console.log(message, JSON.stringify(fields));
}
