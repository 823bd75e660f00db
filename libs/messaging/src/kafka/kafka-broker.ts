import { topicCatalogueWith } from '@signalbox/domain';
import type { CatalogueTopic, EventSource } from '@signalbox/domain';
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import type { Admin, KafkaConfig, Producer, SASLOptions } from 'kafkajs';
import type { ConnectionOptions } from 'node:tls';
import { backOffMs, Loop } from '../loop.js';
import type { Broker, BrokerHealth, Logger, OutgoingRecord, SubscribeOptions, Subscription } from '../ports.js';
import { within } from '../within.js';
import { KafkaSubscription } from './kafka-subscription.js';
import { KafkaTopics } from './kafka-topics.js';
import type { TopicSettings } from './kafka-topics.js';
import { inWords, KafkaTrouble, rootOf, unreachable, whoIs } from './kafka-trouble.js';
import type { Question } from './kafka-trouble.js';
import { quietIdleConnections } from './request-queue.js';
import { Troubles } from './troubles.js';

export interface KafkaBrokerOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly topicPrefix?: string;
  readonly tls?: ConnectionOptions | boolean;
  readonly sasl?: SASLOptions;
  /** Outside; each has a topic. */
  readonly sources?: readonly EventSource[];
  /** The catalogue's names of the topics that must be there; all of it by default. */
  readonly topics?: readonly string[];
  /** By default missing topics are created at the start; `false` leaves that to the migration step and waits for it. */
  readonly createTopics?: boolean;
  readonly topicSettings?: TopicSettings;
  readonly logger?: Logger;
}

const sendTimeoutMs = 10_000;
/** A disconnecting client waits for its answers; a broker that says nothing must not keep a process from ending. */
const disconnectMs = 1_000;

/**
 * Apache Kafka through kafkajs 2.2.4, with what must be done around that version's defects. Brokers that cannot be
 * reached, refuse this client or lack its topics are trouble: asked again until they do not, and told by `health`.
 */
export class KafkaBroker implements Broker {
  private readonly kafka: Kafka;
  private readonly prefix: string;
  private readonly user: string | undefined;
  private readonly catalogue: readonly CatalogueTopic[];
  /** The catalogue's names of those that must be there. */
  private readonly wanted: readonly string[];
  private readonly troubles: Troubles;
  private admin: Promise<Admin> | undefined;
  private producer: Producer | undefined;
  private preparation: Loop | undefined;
  private started: Promise<void> | undefined;
  private stopped = false;

  constructor(private readonly options: KafkaBrokerOptions) {
    quietIdleConnections();
    this.prefix = options.topicPrefix ?? '';
    this.user = userOf(options.sasl);
    this.catalogue = topicCatalogueWith(options.sources ?? []);
    this.wanted = options.topics ?? this.catalogue.map(({ name }) => name);
    this.troubles = new Troubles(options.logger);
    this.kafka = new Kafka(configOf(options));
  }

  /** Resolves after the first try to find the topics; where that fails, more follow. */
  start(): Promise<void> {
    this.started ??= this.prepareOrRetry();
    return this.started;
  }

  /** For good. */
  async stop(): Promise<void> {
    this.stopped = true;
    const { admin, producer, preparation } = this;
    this.admin = undefined;
    this.producer = undefined;
    // Its last try ends with the connections.
    void preparation?.stop();
    await within(disconnectMs, Promise.allSettled([admin?.then((each) => each.disconnect()), producer?.disconnect()]));
  }

  async createTopics(): Promise<void> {
    await this.ofTopics((topics) => topics.createMissing(this.wanted, this.options.topicSettings ?? {}));
  }

  /** The migration step. @returns what was done and what was left, a sentence each; throws KafkaTrouble */
  async migrateTopics(): Promise<string[]> {
    try {
      return await this.ofTopics((topics) => topics.migrate(this.options.topicSettings ?? {}));
    } catch (error) {
      throw this.unprepared(error);
    }
  }

  async sendBatch(records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return;
    const byTopic = Map.groupBy(records, (record) => this.prefix + record.topic);
    let producer: Producer | undefined;
    try {
      producer = await this.connectedProducer();
      await producer.sendBatch({
        acks: -1,
        timeout: sendTimeoutMs,
        topicMessages: [...byTopic].map(([topic, ofTopic]) => ({
          topic,
          messages: ofTopic.map(({ key, headers, value }) => ({ key, headers: { ...headers }, value })),
        })),
      });
      this.troubles.over('sending');
    } catch (error) {
      // What became of the batch is unknown: its sequence numbers must not be used again.
      this.producer = undefined;
      producer?.disconnect().catch(() => undefined);
      const told = inWords(error, { ...this.question, topics: [...byTopic.keys()], right: 'Write' });
      if (told instanceof KafkaTrouble) this.troubles.note('sending', told);
      throw told;
    }
  }

  subscribe(options: SubscribeOptions): Promise<Subscription> {
    const { prefix, troubles } = this;
    const topics = options.topics.map((topic) => prefix + topic);
    const question: Question = { ...this.question, group: prefix + options.group, topics, right: 'Read' };
    const subscription = new KafkaSubscription({
      ...options,
      kafka: this.kafka,
      ask: (question) => this.ask(question),
      prefix,
      logger: this.options.logger,
      onTrouble: (error, crashes) => {
        const told = inWords(error, question);
        // A single crash of another kind is routine, and its successor reads on.
        if (told instanceof KafkaTrouble || crashes >= 3) troubles.note('reading', told);
      },
      onFetch: () => troubles.over('reading'),
    });
    subscription.start();
    return Promise.resolve(subscription);
  }

  async health(): Promise<BrokerHealth> {
    const trouble = this.troubles.message;
    if (trouble !== undefined) return { healthy: false, detail: trouble };
    try {
      await this.ask((admin) => admin.describeCluster());
      return { healthy: true };
    } catch (error) {
      return { healthy: false, detail: unreachable(error, this.question).message };
    }
  }

  private async prepareOrRetry(): Promise<void> {
    try {
      await this.prepare();
    } catch (error) {
      if (this.stopped) return;
      this.troubles.note('topics', this.unprepared(error));
      this.preparation = this.retryPreparation();
    }
  }

  private retryPreparation(): Loop {
    const loop = new Loop(
      async () => {
        await this.prepare();
        this.troubles.over('topics');
        void loop.stop();
        return 0;
      },
      (error, failures) => {
        this.troubles.note('topics', this.unprepared(error));
        return backOffMs(failures);
      },
    );
    loop.start();
    return loop;
  }

  private async prepare(): Promise<void> {
    if (this.options.createTopics === false) await this.ofTopics((topics) => topics.demand(this.wanted));
    else await this.createTopics();
  }

  private ofTopics<T>(question: (topics: KafkaTopics) => Promise<T>): Promise<T> {
    return this.ask((admin) => question(new KafkaTopics(admin, this.catalogue, this.prefix, whoIs(this.user))));
  }

  private get question(): Question {
    const { brokers, tls } = this.options;
    return { brokers, tls: Boolean(tls), ...(this.user !== undefined && { user: this.user }) };
  }

  private unprepared(error: unknown): KafkaTrouble {
    if (error instanceof KafkaTrouble) return error;
    const topics = this.wanted.map((topic) => this.prefix + topic);
    return unreachable(error, { ...this.question, topics, right: 'Create' });
  }

  /**
   * A client that met a broker which took the connection and said nothing calls itself connected, and fails at every call
   * from then on: after any failure that is no answer of the broker's another takes its place.
   */
  private async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    this.admin ??= this.connectedAdmin();
    const asked = this.admin;
    const admin = await asked;
    try {
      return await question(admin);
    } catch (error) {
      if (!(error instanceof KafkaTrouble) && rootOf(error).type === undefined && this.admin === asked) {
        this.admin = undefined;
        admin.disconnect().catch(() => undefined);
      }
      throw error;
    }
  }

  private async connectedAdmin(): Promise<Admin> {
    const admin = this.kafka.admin({ retry: { retries: 3, initialRetryTime: 200 } });
    try {
      await admin.connect();
      if (this.stopped) throw new Error('the client has been stopped');
      return admin;
    } catch (error) {
      this.admin = undefined;
      admin.disconnect().catch(() => undefined);
      throw error;
    }
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
    try {
      await producer.connect();
    } catch (error) {
      producer.disconnect().catch(() => undefined);
      throw error;
    }
    this.producer = producer;
    return producer;
  }
}

function userOf(sasl: SASLOptions | undefined): string | undefined {
  return sasl && 'username' in sasl ? sasl.username : undefined;
}

function configOf(options: KafkaBrokerOptions): KafkaConfig {
  return {
    brokers: [...options.brokers],
    clientId: options.clientId,
    ...(options.tls === undefined ? {} : { ssl: options.tls }),
    ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
    connectionTimeout: 3_000,
    requestTimeout: 12_000,
    // Short: whoever needs the connection tries again by itself, and tells meanwhile what is wrong.
    retry: { retries: 3, initialRetryTime: 200 },
    logLevel: logLevel.WARN,
    // Joins and loading coordinators come at level ERROR and are routine.
    logCreator: () => (entry) => options.logger?.debug({ kafka: entry.namespace, ...entry.log }, entry.log.message),
  };
}
