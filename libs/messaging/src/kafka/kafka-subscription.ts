import type { Admin, Consumer, EachBatchPayload, IHeaders, Kafka, KafkaMessage } from 'kafkajs';
import { backOffMs } from '../loop.js';
import type { IncomingRecord, Logger, PartitionProgress, SubscribeOptions, Subscription } from '../ports.js';
import { subscriptionAssigner } from './assigner.js';
import { within } from '../within.js';
import { OffsetCommits } from './offset-commits.js';

export interface KafkaSubscriptionOptions extends SubscribeOptions {
  readonly kafka: Kafka;
  readonly ask: <T>(question: (admin: Admin) => Promise<T>) => Promise<T>;
  readonly prefix: string;
  readonly logger: Logger | undefined;
  /** The consumer ended by an error and is replaced; `crashes` without a batch in between. */
  readonly onTrouble: (error: Error, crashes: number) => void;
  /** Records, or the news that there are none, have come. */
  readonly onFetch: () => void;
}

const chunkSize = 100;
/** One call holds its partition for so long at most, so that none starves the others. */
const callMs = 250;
const callRecords = 200;
/** A consumer that is stopped while it joins would stay a member until it times out. */
const joinMs = 6_000;
/** A broker that is away must not keep a process from ending, nor a member from joining again. */
const [lastCommitMs, leaveMs] = [1_000, 1_000];

const passOverAgainMs = 1_000;

/** One member of a Kafka consumer group. Nothing is ever thrown into kafkajs; a consumer that crashes is replaced. */
export class KafkaSubscription implements Subscription {
  private consumer: Consumer | undefined;
  private commits: OffsetCommits | undefined;
  private readonly inHand = new Set<Promise<void>>();
  private replaced: Consumer | undefined;
  private joining: Promise<void> = Promise.resolve();
  private stopping = false;
  /** Without a batch in between. */
  private crashes = 0;
  private readonly failures = new Map<string, number>();
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(private readonly options: KafkaSubscriptionOptions) {}

  /** Begins to join, which nobody waits for: what keeps it from joining now is tried again. */
  start(): void {
    const consumer = this.createConsumer();
    this.consumer = consumer;
    const commits = new OffsetCommits(({ message }) =>
      this.options.logger?.warn({ error: message }, 'how far the log is read cannot be stored now'),
    );
    this.commits = commits;
    this.joining = this.join(consumer, commits).catch((error: Error) => this.replace(consumer, error));
  }

  private createConsumer(): Consumer {
    const { kafka, prefix, group, onFetch } = this.options;
    const consumer = kafka.consumer({
      groupId: prefix + group,
      partitionAssigners: [subscriptionAssigner],
      sessionTimeout: 6_000,
      rebalanceTimeout: 10_000,
      heartbeatInterval: 1_500,
      maxWaitTimeInMs: 250,
      // What one call takes, about: what was fetched beyond is fetched again.
      maxBytesPerPartition: 131_072,
      allowAutoTopicCreation: false,
      retry: { retries: 5, initialRetryTime: 200, restartOnFailure: () => Promise.resolve(false) },
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => this.replace(consumer, payload.error));
    consumer.on(consumer.events.FETCH, onFetch);
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0) void this.passOver(consumer, payload);
    });
    return consumer;
  }

  /** What was aborted, and the marks of transactions, come to nobody; yet who has read so far has caught up. */
  private async passOver(
    consumer: Consumer,
    passed: { topic: string; partition: number; lastOffset: string },
  ): Promise<void> {
    const { topic, partition, lastOffset } = passed;
    if (this.stopping || this.consumer !== consumer) return;
    try {
      await consumer.commitOffsets([{ topic, partition, offset: String(BigInt(lastOffset) + 1n) }]);
    } catch (error) {
      const { message, type } = error as Error & { type?: string };
      this.options.logger?.warn({ error: message }, 'how far the log is read cannot be stored now');
      // A broker that answers so has changed the group: who has the partition now passes over it anew.
      if (type === undefined) this.later(passOverAgainMs, () => void this.passOver(consumer, passed));
    }
  }

  /** Lasts until the broker has given up members that died: up to six seconds. */
  private async join(consumer: Consumer, commits: OffsetCommits): Promise<void> {
    const { prefix, topics } = this.options;
    await consumer.connect();
    await consumer.subscribe({ topics: topics.map((topic) => prefix + topic), fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 4,
      eachBatch: async (payload) => {
        const taking = this.take(consumer, commits, payload);
        this.inHand.add(taking);
        await taking.finally(() => this.inHand.delete(taking));
      },
    });
  }

  async stop(): Promise<void> {
    this.stopping = true;
    for (const timer of this.timers) clearTimeout(timer);
    await within(joinMs, this.joining);
    await Promise.allSettled(this.inHand);
    if (this.commits) await within(lastCommitMs, this.commits.flush());
    this.commits?.drop();
    if (this.consumer) await within(leaveMs, this.consumer.disconnect()).catch(() => false);
  }

  progress(): Promise<PartitionProgress[]> {
    return this.options.ask((admin) => this.progressBy(admin));
  }

  private async progressBy(admin: Admin): Promise<PartitionProgress[]> {
    const { prefix, group, topics } = this.options;
    const names = topics.map((topic) => prefix + topic);
    const committed = await admin.fetchOffsets({ groupId: prefix + group, topics: names });
    const positions = new Map(
      committed.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [`${topic}/${partition}`, Number(offset)] as const),
      ),
    );
    const found = await Promise.all(
      names.map(async (name) => ({ name, offsets: await admin.fetchTopicOffsets(name) })),
    );
    return found.flatMap(({ name, offsets }) =>
      offsets.map(({ partition, low, high }) => ({
        topic: name.slice(prefix.length),
        partition,
        position: Math.max(positions.get(`${name}/${partition}`) ?? 0, Number(low)),
        end: Number(high),
      })),
    );
  }

  private async take(consumer: Consumer, commits: OffsetCommits, payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const topic = batch.topic.slice(this.options.prefix.length);
    const begun = Date.now();
    for (let from = 0; from < batch.messages.length && from < callRecords; from += chunkSize) {
      if (Date.now() - begun > callMs || this.stopping || !payload.isRunning() || payload.isStale()) return;
      const messages = batch.messages.slice(from, from + chunkSize);
      const records = messages.map((message) => toRecord(topic, batch.partition, message));
      try {
        await this.options.onBatch({ topic, partition: batch.partition, records });
      } catch {
        this.pausePartition(consumer, payload);
        return;
      }
      this.failures.delete(`${topic}/${batch.partition}`);
      this.crashes = 0;
      payload.resolveOffset(messages.at(-1)?.offset ?? batch.lastOffset());
      commits.note(payload);
      try {
        await payload.heartbeat();
      } catch {
        // The group is changing, which kafkajs learns by itself.
        await within(lastCommitMs, commits.flush());
        return;
      }
    }
  }

  private pausePartition(consumer: Consumer, { batch, pause }: EachBatchPayload): void {
    const name = `${batch.topic}/${batch.partition}`;
    const failures = (this.failures.get(name) ?? 0) + 1;
    this.failures.set(name, failures);
    const resume = pause();
    this.later(backOffMs(failures), () => {
      if (this.consumer === consumer) resume();
    });
  }

  private replace(crashed: Consumer, error: Error): void {
    // One crash may be told twice, by the event and by the join that it ended.
    if (this.stopping || this.consumer !== crashed || this.replaced === crashed) return;
    this.replaced = crashed;
    this.crashes += 1;
    this.commits?.drop();
    this.options.logger?.warn({ error: error.message, crashes: this.crashes }, 'a Kafka consumer is replaced');
    this.options.onTrouble(error, this.crashes);
    this.later(backOffMs(this.crashes), () => {
      void this.replaceNow(crashed);
    });
  }

  private async replaceNow(crashed: Consumer): Promise<void> {
    await crashed.disconnect().catch(() => undefined);
    if (!this.stopping) this.start();
  }

  private later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      if (!this.stopping) work();
    }, ms);
    this.timers.add(timer);
  }
}

function toRecord(topic: string, partition: number, message: KafkaMessage): IncomingRecord {
  return {
    topic,
    partition,
    offset: Number(message.offset),
    key: message.key?.toString('utf8') ?? null,
    headers: textOf(message.headers ?? {}),
    value: message.value,
  };
}

function textOf(headers: IHeaders): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const first: Buffer | string | null | undefined = Array.isArray(value) ? value[0] : value;
    // Other clients than ours may leave a header's value out.
    texts[name] = first?.toString() ?? '';
  }
  return texts;
}
