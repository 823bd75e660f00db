import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { topicCatalogue, topics } from '@signalbox/domain';
import { eventually, startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import type { IncomingRecord } from '../ports.js';
import { EmbeddedBroker } from './embedded-broker.js';
import { LogConsumer } from './log-consumer.js';
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
