import { topicCatalogue, topicsOf } from '@signalbox/domain';
import { eventually } from '@signalbox/testing';
import { Kafka, logLevel } from 'kafkajs';
import type { Admin } from 'kafkajs';

export interface LoggedEvent {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly topic: string;
  readonly aggId: string;
  readonly aggVersion: number;
  readonly releaseId: string;
}

interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** Reads the whole log with a client of its own, each record once. */
export class LogReader {
  /** First occurrences, in the order of their partitions. */
  readonly events: LoggedEvent[] = [];
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
    this.topics = topicCatalogue.map(({ name }) => prefix + name);
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
          this.take(topic, partition, BigInt(message.offset), message.headers ?? {}),
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
          topics: topicsOf(service).reads.map((name) => this.prefix + name),
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

  private take(topic: string, partition: number, offset: bigint, headers: Record<string, unknown>): void {
    if (offset < this.nextOf({ topic, partition })) return;
    this.next.set(`${topic}/${partition}`, offset + 1n);
    const of = (name: string) => String(headers[name] ?? '');
    const id = of('ce_id');
    // What others put there is no event of ours.
    if (!of('ce_source').startsWith('/signalbox/')) return;
    if (this.ids.has(id)) {
      this.repeats += 1;
      return;
    }
    this.ids.add(id);
    this.events.push({
      id,
      type: of('ce_type'),
      source: of('ce_source'),
      topic: topic.slice(this.prefix.length),
      aggId: of('ce_aggid'),
      aggVersion: Number(of('ce_aggversion')),
      releaseId: of('ce_chainid'),
    });
  }
}
