import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fetchKafkaJars, missingForJvmKafka } from '@signalbox/messaging';
import { eventually, kafkaFolder, startKafka } from '@signalbox/testing';
import { CompressionTypes, Kafka, logLevel } from 'kafkajs';
import { bothWays } from '../../testing/contract/both-ways.js';
import { GatewayUnderTest } from '../../testing/gateway-under-test.js';
import { aCloudEvent, archived, eventSources, structuredRecord, topic } from '../../testing/outside.js';

const newPrefix = () => `t${randomBytes(4).toString('hex')}.`;

// Left out of the run, which says so, where the machine has no Kafka (jest.config.mjs).
async function brokers(): Promise<string[]> {
  const kafka = await startKafka();
  if (!kafka) throw new Error('there is no Kafka; KAFKA_BROKERS, Docker, or Java 17 with Maven');
  return kafka.brokers;
}

bothWays('Kafka', async () => ({ KAFKA_BROKERS: (await brokers()).join(','), TOPIC_PREFIX: newPrefix() }));

const structured = 'application/cloudevents+json';
const hasJvm = (await missingForJvmKafka()) === undefined;

describe('what other clients of Kafka write on the topic of a source', () => {
  const prefix = newPrefix();
  let gateway: GatewayUnderTest;
  let addresses: string[];
  beforeAll(async () => {
    addresses = await brokers();
    const variables = { KAFKA_BROKERS: addresses.join(','), TOPIC_PREFIX: prefix };
    gateway = await GatewayUnderTest.start({ ...variables, EVENT_SOURCES: eventSources });
  }, 180_000);
  afterAll(() => gateway?.stop());

  const about = (subject: string) => aCloudEvent({ data: { context: {}, subject: { id: subject, content: {} } } });
  const isArchived = (subject: string) =>
    eventually(async () => (await archived(gateway, subject)).length === 1, {
      what: `${subject} is archived`,
      withinMs: 20_000,
    });

  // kafkajs, the only client where there is no JVM, packs by gzip alone and writes no such header.
  const others = hasJvm ? ['snappy', 'lz4', 'zstd', 'a header without a value'] : [];
  it.each(['gzip', ...others])('%s: holds nothing up, and is read', async (way) => {
    const { value } = structuredRecord(about(way));
    if (hasJvm)
      await produce(
        way.includes(' ') ? 'none' : way,
        `${way.includes(' ') ? 'note:NIL,' : ''}content-type:${structured}\t${value}`,
      );
    else await produceByKafkajs(value as string);
    await isArchived(way);
  });

  async function produceByKafkajs(value: string): Promise<void> {
    const producer = new Kafka({ brokers: addresses, logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    const messages = [{ key: 'k', headers: { 'content-type': structured }, value }];
    await producer.send({ topic: prefix + topic, compression: CompressionTypes.GZIP, messages });
    await producer.disconnect();
  }

  /** By Kafka's own client. */
  async function produce(codec: string, line: string): Promise<void> {
    const lib = await fetchKafkaJars(kafkaFolder);
    const where = ['--bootstrap-server', addresses.join(','), '--topic', prefix + topic];
    const reading = ['parse.headers=true', 'null.marker=NIL'].flatMap((each) => ['--reader-property', each]);
    const how = ['--compression-codec', codec, ...reading];
    const tool = ['-XX:TieredStopAtLevel=1', '-cp', join(lib, '*'), 'org.apache.kafka.tools.ConsoleProducer'];
    const child = spawn('java', [...tool, ...where, ...how], { stdio: ['pipe', 'ignore', 'pipe'] });
    let told = '';
    child.stderr.on('data', (chunk) => (told += String(chunk)));
    child.stdin.end(`${line}\n`);
    const [code] = (await once(child, 'exit')) as [number];
    expect({ code, told: code === 0 ? '' : told }).toEqual({ code: 0, told: '' });
  }
});
