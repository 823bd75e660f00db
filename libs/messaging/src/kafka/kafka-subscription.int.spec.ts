import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { topics } from '@signalbox/domain';
import { KafkaBroker } from '@signalbox/messaging';
import { eventually, startKafka } from '@signalbox/testing';
import type { TestKafka } from '@signalbox/testing';
import { Kafka, logLevel } from 'kafkajs';

let kafka: TestKafka;
let broker: KafkaBroker;
const prefix = `t${randomBytes(4).toString('hex')}.`;
const topic = prefix + topics.planning;

beforeAll(async () => {
  const found = await startKafka();
  if (!found) throw new Error('there is no Kafka; KAFKA_BROKERS, Docker, or Java 17 with Maven');
  kafka = found;
  broker = new KafkaBroker({
    brokers: kafka.brokers,
    clientId: 'reader',
    topicPrefix: prefix,
    topicSettings: { partitions: 1 },
    topics: [topics.planning],
  });
  await broker.start();
}, 180_000);
afterAll(async () => {
  await broker?.stop();
  await kafka?.stop();
});

/** Of each, the last transaction ends with a mark that nobody is given. */
it.each([
  ['aborts', []],
  ['commits, then aborts', ['kept']],
])('a reader has caught up with a tool that %s', async (name, kept) => {
  const client = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING });
  const producer = client.producer({ transactionalId: `${prefix}${name}`, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const send = async (value: string, end: 'commit' | 'abort') => {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ key: 'k', value }] });
    await transaction[end]();
  };
  for (const value of kept) await send(value, 'commit');
  await send('taken back', 'abort');
  await producer.disconnect();
  const seen: string[] = [];
  const read = await broker.subscribe({
    group: `group of ${name}`,
    topics: [topics.planning],
    onBatch: async ({ records }) => void seen.push(...records.map(({ value }) => String(value))),
  });
  try {
    const waiting = async () => {
      const all = await read.progress();
      return all.reduce((sum, { position, end }) => sum + end - position, 0);
    };
    await eventually(async () => (await waiting()) === 0, { withinMs: 20_000, what: 'nothing to wait' });
    expect(seen.filter((value) => value === 'taken back')).toEqual([]);
    expect(seen).toEqual(expect.arrayContaining([...kept]));
  } finally {
    await read.stop();
  }
});
