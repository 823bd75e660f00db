import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { fetchKafkaJars, JvmKafka } from '@signalbox/messaging';
import { eventually, kafkaFolder, startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { Harness } from '../contract/harness.js';
import { countUp } from '../contract/probe.js';
import type { Probe } from '../contract/probe.js';

let folder: string;
let kafka: JvmKafka;
let postgres: TestPostgres;
let harness: Harness;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-silent-'));
  postgres = await startPostgres();
  // One of its own: it is stopped in the middle.
  kafka = await JvmKafka.start({ libDir: await fetchKafkaJars(kafkaFolder), dataDir: folder });
}, 180_000);
beforeEach(() => {
  harness = new Harness(postgres, { kind: 'kafka', brokers: kafka.brokers });
});
afterEach(async () => {
  process.kill(kafka.pid, 'SIGCONT');
  await harness.end();
});
afterAll(async () => {
  await kafka?.stop();
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function secondsOfStop(probe: Probe): Promise<number> {
  const began = performance.now();
  await probe.messaging.stop();
  return (performance.now() - began) / 1000;
}

it('a broker that keeps connections and says nothing does not hold up a stop, and nothing is lost', async () => {
  const writer = await harness.probe('writer');
  await writer.messaging.start();
  await eventually(() => writer.messaging.isCaughtUp(), { withinMs: 30_000, what: 'it reads' });
  await eventually(async () => (await writer.messaging.status()).sendsOutbox, { what: 'it owns the outbox' });
  process.kill(kafka.pid, 'SIGSTOP');
  await writer.counters.createOnce({ id: 'a', value: 0 }, []);
  await writer.counters.change('a', (counter) => countUp(counter));

  expect(await secondsOfStop(writer)).toBeLessThan(10);

  const [left] = await writer.database.query<{ rows: number }>('SELECT count(*)::int AS rows FROM outbox');
  expect(left?.rows).toBe(1);
});

it('who starts while it is silent goes on by itself when it speaks again', async () => {
  process.kill(kafka.pid, 'SIGSTOP');
  const reader = await harness.probe('late');
  void reader.messaging.start();
  // Each resolves with the end of its own try: what a client has learnt in the silence is there by then.
  for (const _ of [1, 2]) expect((await reader.broker.health()).healthy).toBe(false);
  process.kill(kafka.pid, 'SIGCONT');

  await eventually(() => reader.messaging.isCaughtUp(), { withinMs: 45_000, what: 'it reads' });
  await eventually(async () => (await reader.broker.health()).healthy, { withinMs: 10_000, what: 'it is well' });
}, 120_000);

it('nor does one that falls silent before the member has joined', async () => {
  process.kill(kafka.pid, 'SIGSTOP');
  const reader = await harness.probe('reader');
  void reader.messaging.start();
  await eventually(async () => (await reader.messaging.status()).lag === undefined, { what: 'it knows nothing yet' });

  expect(await secondsOfStop(reader)).toBeLessThan(10);
});
