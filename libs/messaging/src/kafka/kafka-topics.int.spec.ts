import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { topicCatalogue, topics } from '@signalbox/domain';
import { KafkaBroker, KafkaTrouble } from '@signalbox/messaging';
import { eventually, startKafka } from '@signalbox/testing';
import type { TestKafka } from '@signalbox/testing';
import { Kafka, logLevel } from 'kafkajs';
import type { Admin, ConfigResourceTypes } from 'kafkajs';
import type { KafkaBrokerOptions } from './kafka-broker.js';

const ofTopic: ConfigResourceTypes.TOPIC = 2;
const hourMs = 3_600_000;
let kafka: TestKafka;
let admin: Admin;
let prefix: string;
const started: KafkaBroker[] = [];

beforeAll(async () => {
  const found = await startKafka();
  if (!found) throw new Error('there is no Kafka; KAFKA_BROKERS, Docker, or Java 17 with Maven');
  kafka = found;
  admin = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
}, 180_000);
beforeEach(() => {
  prefix = `t${randomBytes(4).toString('hex')}.`;
});
afterEach(async () => {
  for (const broker of started.splice(0)) await broker.stop();
});
afterAll(async () => {
  await admin?.disconnect();
  await kafka?.stop();
});

function broker(more: Partial<KafkaBrokerOptions>): KafkaBroker {
  const made = new KafkaBroker({ brokers: kafka.brokers, clientId: 'topics', topicPrefix: prefix, ...more });
  started.push(made);
  return made;
}

const migrate = (topicSettings: KafkaBrokerOptions['topicSettings']) => broker({ topicSettings }).migrateTopics();

/** What is set on a topic itself. */
async function configOf(topic: string): Promise<Record<string, string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ofTopic, name: prefix + topic }],
  });
  const own = resources[0]?.configEntries.filter(({ configSource }) => Number(configSource) === 1) ?? [];
  return Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue]));
}

async function partitionsOf(topic: string): Promise<number> {
  const { topics: found } = await admin.fetchTopicMetadata({ topics: [prefix + topic] });
  return found[0]?.partitions.length ?? 0;
}

const existing = async () => (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));

describe('the migration step of topics', () => {
  it('creates every topic as configured, the compacted one with a single partition', async () => {
    const said = await migrate({ partitions: 3, replicationFactor: 1, minInSyncReplicas: 1, retentionMs: 2 * hourMs });

    expect(said).toHaveLength(topicCatalogue.length);
    expect(said).toContain(`topic ${prefix}${topics.planning}: created with 3 partitions`);
    const config = { 'retention.ms': '7200000', 'segment.ms': '1800000', 'min.insync.replicas': '1' };
    expect(await configOf(topics.planning)).toEqual(config);
    expect(await configOf(topics.reference)).toEqual({ 'cleanup.policy': 'compact', 'min.insync.replicas': '1' });
    expect([await partitionsOf(topics.planning), await partitionsOf(topics.reference)]).toEqual([3, 1]);
  });

  it('says nothing when there is nothing to do, and adjusts retention without what others have set', async () => {
    await migrate({ partitions: 1, retentionMs: hourMs });
    expect(await migrate({ partitions: 1, retentionMs: hourMs })).toEqual([]);
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ofTopic,
          name: prefix + topics.build,
          configEntries: [
            { name: 'retention.ms', value: String(hourMs) },
            { name: 'segment.ms', value: '60000' },
          ],
        },
      ],
    });

    const said = await migrate({ partitions: 1, retentionMs: 5 * hourMs });

    // Retention and segment of each that is not compacted, but for the one whose segment others have set.
    expect(said).toHaveLength(2 * (topicCatalogue.length - 1) - 1);
    expect(said).toContain(`topic ${prefix}${topics.build}: retention.ms changed from 3600000 to 18000000`);
    expect(await configOf(topics.build)).toEqual({ 'retention.ms': '18000000', 'segment.ms': '60000' });
  });

  it('leaves another number of partitions or replicas as it is, and says so', async () => {
    await migrate({ partitions: 2 });

    const said = await migrate({ partitions: 4, replicationFactor: 3, minInSyncReplicas: 2 });

    expect(said).toContainEqual(expect.stringMatching(/planning: has 2 partitions, configured are 4; left as it is/));
    expect(said).toContainEqual(expect.stringMatching(/reference: has 1 replica, configured are 3; left as it is/));
    expect(said).toContainEqual(expect.stringMatching(/reference: min.insync.replicas stays below 2/));
    expect(await partitionsOf(topics.planning)).toBe(2);
    expect(await configOf(topics.planning)).toEqual({
      'retention.ms': String(168 * hourMs),
      'segment.ms': String(24 * hourMs),
    });
  });

  it('creates nothing on fewer brokers than replicas are asked for', async () => {
    const refused = await migrate({ replicationFactor: 3 }).catch((error: unknown) => error);

    expect(refused).toBeInstanceOf(KafkaTrouble);
    expect((refused as Error).message).toMatch(
      /^KAFKA_REPLICATION_FACTOR is 3 and the cluster has 1 broker: .*signalbox.reference not created; start the other/,
    );
    expect(await existing()).toEqual([]);
  });
});

describe('a service that may not create topics', () => {
  it('says of a listener without TLS that it may be one, to who comes with TLS', async () => {
    const { healthy, detail } = await broker({ tls: { rejectUnauthorized: false } }).health();
    expect({ healthy, detail }).toEqual({
      healthy: false,
      detail: expect.stringMatching(
        /^Kafka cannot be reached at .*; where the brokers are up, this listener of theirs/,
      ),
    });
  });

  it('waits for missing topics, says which, keeps what it was given, and goes on when they are there', async () => {
    const waiting = broker({ createTopics: false, topics: [topics.planning, topics.reference] });
    await waiting.start();

    const { healthy, detail } = await waiting.health();
    expect({ healthy, detail }).toEqual({
      healthy: false,
      detail: `Kafka has no topic ${prefix}${topics.planning}, ${prefix}${topics.reference}; create them with the migrate step (node dist/bundle/main.js migrate)`,
    });
    const record = { topic: topics.planning, key: 'k', headers: {}, value: '{}' };
    await expect(waiting.sendBatch([record])).rejects.toThrow(
      `of ${prefix}${topics.planning} at least one is missing; create them with the migrate step`,
    );
    expect(await existing()).toEqual([]);

    await migrate({ partitions: 1 });

    await waiting.sendBatch([record]);
    await eventually(async () => (await waiting.health()).healthy, { what: 'it is healthy by itself' });
  });
});
