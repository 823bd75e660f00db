import { topicCatalogue } from '@signalbox/domain';
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import type { Admin, KafkaConfig, Producer, SASLOptions } from 'kafkajs';
import type { ConnectionOptions } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import type { Broker, BrokerHealth, Logger, OutgoingRecord, SubscribeOptions, Subscription } from '../ports.js';
import { KafkaSubscription } from './kafka-subscription.js';
import { quietIdleConnections } from './request-queue.js';

export interface KafkaBrokerOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly topicPrefix?: string;
  readonly tls?: ConnectionOptions | boolean;
  readonly sasl?: SASLOptions;
  readonly logger?: Logger;
}

const retentionMs = 7 * 24 * 3_600_000;
const sendTimeoutMs = 10_000;
const leadersWithinMs = 10_000;

/** Apache Kafka through kafkajs 2.2.4, with what must be done around that version's defects. */
export class KafkaBroker implements Broker {
  private readonly kafka: Kafka;
  private readonly prefix: string;
  private admin: Admin | undefined;
  private producer: Producer | undefined;

  constructor(private readonly options: KafkaBrokerOptions) {
    quietIdleConnections();
    this.prefix = options.topicPrefix ?? '';
    this.kafka = new Kafka(configOf(options));
  }

  async start(): Promise<void> {
    await this.createTopics();
  }

  async stop(): Promise<void> {
    const { admin, producer } = this;
    this.admin = undefined;
    this.producer = undefined;
    await Promise.allSettled([admin?.disconnect(), producer?.disconnect()]);
  }

  async createTopics(): Promise<void> {
    const admin = await this.administration();
    const existing = new Set(await admin.listTopics());
    const missing = topicCatalogue.filter((topic) => !existing.has(this.prefix + topic.name));
    if (missing.length === 0) return;
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map(({ name, partitions, compacted }) => ({
        topic: this.prefix + name,
        numPartitions: partitions,
        // Replication and in-sync minimum are the cluster's to say.
        replicationFactor: -1,
        configEntries: compacted
          ? [{ name: 'cleanup.policy', value: 'compact' }]
          : [{ name: 'retention.ms', value: String(retentionMs) }],
      })),
    });
    // A leader is known in the metadata a moment before it takes records.
    for (const { name } of missing) await this.leaderAnswers(admin, this.prefix + name);
  }

  async sendBatch(records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return;
    const byTopic = Map.groupBy(records, (record) => this.prefix + record.topic);
    const producer = await this.connectedProducer();
    try {
      await producer.sendBatch({
        acks: -1,
        timeout: sendTimeoutMs,
        topicMessages: [...byTopic].map(([topic, ofTopic]) => ({
          topic,
          messages: ofTopic.map(({ key, headers, value }) => ({ key, headers: { ...headers }, value })),
        })),
      });
    } catch (error) {
      // What became of the batch is unknown: its sequence numbers must not be used again.
      this.producer = undefined;
      producer.disconnect().catch(() => undefined);
      throw error;
    }
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const subscription = new KafkaSubscription({
      ...options,
      kafka: this.kafka,
      admin: () => this.administration(),
      prefix: this.prefix,
      logger: this.options.logger,
    });
    await subscription.start();
    return subscription;
  }

  async isHealthy(): Promise<BrokerHealth> {
    try {
      await (await this.administration()).describeCluster();
      return { healthy: true };
    } catch (error) {
      return { healthy: false, detail: `Kafka cannot be reached: ${(error as Error).message}` };
    }
  }

  private async leaderAnswers(admin: Admin, topic: string): Promise<void> {
    const deadline = Date.now() + leadersWithinMs;
    for (;;) {
      try {
        await admin.fetchTopicOffsets(topic);
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await delay(50);
      }
    }
  }

  private async administration(): Promise<Admin> {
    if (this.admin) return this.admin;
    const admin = this.kafka.admin({ retry: { retries: 3, initialRetryTime: 200 } });
    await admin.connect();
    this.admin = admin;
    return admin;
  }

  private async connectedProducer(): Promise<Producer> {
    if (this.producer) return this.producer;
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries: 3, initialRetryTime: 100 },
    });
    await producer.connect();
    this.producer = producer;
    return producer;
  }
}

function configOf(options: KafkaBrokerOptions): KafkaConfig {
  return {
    brokers: [...options.brokers],
    clientId: options.clientId,
    ...(options.tls === undefined ? {} : { ssl: options.tls }),
    ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
    connectionTimeout: 3_000,
    requestTimeout: 12_000,
    logLevel: logLevel.WARN,
    // Joins and loading coordinators come at level ERROR and are routine.
    logCreator: () => (entry) => options.logger?.debug({ kafka: entry.namespace, ...entry.log }, entry.log.message),
  };
}
