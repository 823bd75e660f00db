import { serviceTopics, sourceOfTopic, topicCatalogueWith, topicsOf } from '@signalbox/domain';
import { identityOf } from '@signalbox/messaging';
import { eventually } from '@signalbox/testing';
import { Kafka, logLevel } from 'kafkajs';
import type { Admin, KafkaMessage } from 'kafkajs';
import { outside } from './publishers.js';

export interface LoggedEvent {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly topic: string;
  readonly aggId: string;
  readonly aggVersion: number;
  readonly releaseId: string;
  /** As its publisher says, ISO. */
  readonly time: string;
  /** What it says, as the bytes came; read by `said`. */
  readonly text: string;
}

/** What an event says. */
export interface Said {
  readonly content: Record<string, unknown>;
  readonly customData: Record<string, unknown>;
}

export function said({ text }: Pick<LoggedEvent, 'text'>): Said {
  const { subject, customData = {} } = JSON.parse(text) as {
    subject: { content: Said['content'] };
    customData?: Said['customData'];
  };
  return { content: subject.content, customData };
}

interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** Reads the whole log with a client of its own, each record once. */
export class LogReader {
  /** Our own, at their first occurrence, in the order of their partitions. */
  readonly events: LoggedEvent[] = [];
  /** By which readers know them; also of events from outside. */
  readonly ids = new Set<string>();
  /** Records that repeat an event: the price of at-least-once. */
  repeats = 0;
  private readonly next = new Map<string, bigint>();
  private readonly kafka: Kafka;
  private readonly topics: string[];

  constructor(
    brokers: readonly string[],
    private readonly prefix: string,
  ) {
    this.kafka = new Kafka({ clientId: 'fault-harness', brokers: [...brokers], logLevel: logLevel.NOTHING });
    this.topics = topicCatalogueWith([outside]).map(({ name }) => prefix + name);
  }

  /** Reads up to what is there now. */
  async readOn(): Promise<void> {
    const ends = (await this.positions()).filter((end) => end.offset > this.nextOf(end));
    if (ends.length === 0) return;
    const consumer = this.kafka.consumer({
      groupId: `fault-harness-${Date.now()}`,
      maxWaitTimeInMs: 50,
      sessionTimeout: 30_000,
    });
    await consumer.connect();
    try {
      await consumer.subscribe({ topics: [...new Set(ends.map(({ topic }) => topic))], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachMessage: async ({ topic, partition, message }) =>
          this.take({ topic, partition, offset: BigInt(message.offset) }, message),
      });
      for (const end of ends) consumer.seek({ ...end, offset: String(this.nextOf(end)) });
      await eventually(() => ends.every((end) => this.nextOf(end) >= end.offset), {
        withinMs: 60_000,
        what: 'the log to be read to its end',
      });
    } finally {
      await consumer.disconnect();
    }
  }

  /** Records that the groups of services have not dealt with. */
  async lagOf(services: readonly string[]): Promise<number> {
    const ends = new Map((await this.positions()).map((end) => [`${end.topic}/${end.partition}`, end.offset]));
    const positions = await this.withAdmin(async (admin) => {
      const groups = services.map((service) =>
        admin.fetchOffsets({
          groupId: `${this.prefix}signalbox-${service}`,
          topics: readBy(service).map((name) => this.prefix + name),
        }),
      );
      return (await Promise.all(groups)).flat();
    });
    let lag = 0n;
    for (const { topic, partitions } of positions) {
      for (const { partition, offset } of partitions) {
        const end = ends.get(`${topic}/${partition}`) ?? 0n;
        // Below zero: nothing is stored yet.
        lag += BigInt(offset) < 0n ? end : end - BigInt(offset);
      }
    }
    return Number(lag);
  }

  private positions(): Promise<Position[]> {
    return this.withAdmin(async (admin) => {
      const found = this.topics.map(async (topic) =>
        (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => ({
          topic,
          partition,
          offset: BigInt(high),
        })),
      );
      return (await Promise.all(found)).flat();
    });
  }

  private async withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }

  private nextOf({ topic, partition }: Pick<Position, 'topic' | 'partition'>): bigint {
    return this.next.get(`${topic}/${partition}`) ?? 0n;
  }

  private take({ topic, partition, offset }: Position, { headers = {}, value }: KafkaMessage): void {
    if (offset < this.nextOf({ topic, partition })) return;
    this.next.set(`${topic}/${partition}`, offset + 1n);
    const of = (name: string) => String(headers[name] ?? '');
    const plainTopic = topic.slice(this.prefix.length);
    const isOutside = sourceOfTopic(plainTopic) !== undefined;
    // What others put on our own topics is no event of ours.
    if (!isOutside && !of('ce_source').startsWith('/signalbox/')) return;
    const id = isOutside ? identityOf(plainTopic, of('ce_source'), of('ce_id')) : of('ce_id');
    if (this.ids.has(id)) {
      this.repeats += 1;
      return;
    }
    this.ids.add(id);
    if (isOutside) return;
    this.events.push({
      id,
      type: of('ce_type'),
      source: of('ce_source'),
      topic: plainTopic,
      aggId: of('ce_aggid'),
      aggVersion: Number(of('ce_aggversion')),
      releaseId: of('ce_chainid'),
      time: of('ce_time'),
      text: value?.toString() ?? '',
    });
  }
}

/** The topics that a service reads. The harness's own executors know of no tool outside. */
export function readBy(service: string): readonly string[] {
  return topicsOf(service, service in serviceTopics ? [outside] : []).reads;
}
