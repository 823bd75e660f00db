import { isInbound } from '@signalbox/domain';
import type { CatalogueTopic } from '@signalbox/domain';
import type { Admin, ConfigResourceTypes, ITopicMetadata } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import { createThem, grantIt, KafkaTrouble, rootOf } from './kafka-trouble.js';

/**
 * A process handles four partitions of a topic at once: so many keep four processes of a service busy, and each more costs
 * every fetch a little (ADR 20).
 */
export const kafkaPartitions = 16;

export interface TopicSettings {
  /** Of every topic but the compacted one, which has a single one. For life: a key's order hangs on it. */
  readonly partitions?: number;
  /** Default: the cluster's. */
  readonly replicationFactor?: number;
  /** Default: the cluster's. */
  readonly minInSyncReplicas?: number;
  readonly retentionMs?: number;
}

interface Wish extends Omit<CatalogueTopic, 'name'> {
  readonly name: string;
  /** With the installation's prefix. */
  readonly topic: string;
  readonly config: Readonly<Record<string, string>>;
}

/** As a value the enumeration cannot be imported: Node finds no such name in what kafkajs exports. */
const ofTopic: ConfigResourceTypes.TOPIC = 2;
const weekMs = 7 * 24 * 3_600_000;
const leadersWithinMs = 30_000;
/** Of `DescribeConfigs`: set on the topic itself, not the cluster's default. */
const setOnTopic = 1;

/** The installation's topics on a cluster. */
export class KafkaTopics {
  constructor(
    private readonly admin: Admin,
    private readonly catalogue: readonly CatalogueTopic[],
    private readonly prefix: string,
    /** Whose rights they are, in words. */
    private readonly who: string,
  ) {}

  /** Throws KafkaTrouble, naming them, when topics are missing or kept from this user. */
  async demand(names: readonly string[]): Promise<void> {
    const seen = new Set(await this.admin.listTopics());
    const unseen = names.map((name) => this.prefix + name).filter((topic) => !seen.has(topic));
    const answers = await Promise.all(unseen.map((topic) => this.isForbidden(topic)));
    const forbidden = unseen.filter((_, index) => answers[index]);
    const absent = unseen.filter((_, index) => !answers[index]);
    const faults = [
      absent.length > 0 && `Kafka has no topic ${absent.join(', ')}; ${createThem}`,
      // Kafka does not tell whom it refuses whether there is one.
      forbidden.length > 0 && `${this.who} has no right on ${forbidden.join(', ')}; ${grantIt}`,
    ];
    const told = faults.filter((fault) => fault !== false);
    if (told.length > 0) throw new KafkaTrouble(told.join('. '));
  }

  /** Creates what is missing of these and nothing else. */
  async createMissing(names: readonly string[], settings: TopicSettings): Promise<void> {
    const existing = new Set(await this.admin.listTopics());
    const missing = wishes(this.catalogue, this.prefix, settings).filter(({ topic }) => !existing.has(topic));
    await this.create(
      missing.filter(({ name }) => names.includes(name)),
      settings,
    );
  }

  /**
   * Brings the topics to what the settings say: creates, adjusts retention and the in-sync minimum, and leaves alone
   * what cannot be changed without harm. @returns what was done and what was left, a sentence each
   */
  async migrate(settings: TopicSettings): Promise<string[]> {
    const existing = new Set(await this.admin.listTopics());
    const all = wishes(this.catalogue, this.prefix, settings);
    const missing = all.filter(({ topic }) => !existing.has(topic));
    await this.create(missing, settings);
    const created = missing.map(({ topic, partitions }) => `topic ${topic}: created with ${count(partitions)}`);
    const kept = all.filter(({ topic }) => existing.has(topic));
    return [...created, ...(kept.length === 0 ? [] : await this.adjust(kept, settings))];
  }

  private async isForbidden(topic: string): Promise<boolean> {
    try {
      await this.admin.fetchTopicMetadata({ topics: [topic] });
      return false;
    } catch (error) {
      return rootOf(error).type === 'TOPIC_AUTHORIZATION_FAILED';
    }
  }

  private async create(missing: readonly Wish[], settings: TopicSettings): Promise<void> {
    if (missing.length === 0) return;
    await this.refuseTooFewBrokers(missing, settings);
    await this.admin.createTopics({
      waitForLeaders: true,
      topics: missing.map(({ topic, partitions, config }) => ({
        topic,
        numPartitions: partitions,
        // -1: the cluster's default.
        replicationFactor: settings.replicationFactor ?? -1,
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
      })),
    });
    // A leader is known in the metadata a moment before it takes records.
    for (const { topic } of missing) await this.leaderAnswers(topic);
  }

  private async refuseTooFewBrokers(missing: readonly Wish[], { replicationFactor }: TopicSettings): Promise<void> {
    if (replicationFactor === undefined) return;
    const { brokers } = await this.admin.describeCluster();
    if (brokers.length >= replicationFactor) return;
    throw new KafkaTrouble(
      `KAFKA_REPLICATION_FACTOR is ${replicationFactor} and the cluster has ${brokers.length} ` +
        `broker${brokers.length === 1 ? '' : 's'}: ${missing.map(({ topic }) => topic).join(', ')} not created; ` +
        'start the other brokers, or lower the factor',
    );
  }

  private async adjust(kept: readonly Wish[], settings: TopicSettings): Promise<string[]> {
    const names = kept.map(({ topic }) => topic);
    const { topics } = await this.admin.fetchTopicMetadata({ topics: names });
    const { resources } = await this.admin.describeConfigs({
      includeSynonyms: false,
      resources: names.map((name) => ({ type: ofTopic, name })),
    });
    const said: string[] = [];
    for (const wish of kept) {
      const metadata = topics.find(({ name }) => name === wish.topic);
      const entries = resources.find(({ resourceName }) => resourceName === wish.topic)?.configEntries ?? [];
      const replicas = replicasOf(metadata);
      said.push(...unchangeable(wish, metadata, settings), ...(await this.adjustConfig(wish, entries, replicas)));
    }
    return said;
  }

  private async adjustConfig(
    { topic, config }: Wish,
    entries: readonly { configName: string; configValue: string; configSource?: number }[],
    replicas: number,
  ): Promise<string[]> {
    const now = new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
    const own = entries.filter(({ configSource }) => Number(configSource) === setOnTopic);
    // What others have set stays; what an earlier step has set for the retention of then does not.
    const ours = keptFor(Number(now.get('retention.ms')))[segment];
    const isChosen = own.some(({ configName, configValue }) => configName === segment && configValue !== ours);
    const harmless = Object.entries(config).filter(
      ([name, value]) => (name !== minInSync || Number(value) <= replicas) && !(name === segment && isChosen),
    );
    const changed = harmless.filter(([name, value]) => now.get(name) !== value);
    if (changed.length === 0) return [];
    // The request replaces all that is set on the topic, so what others have set goes with it.
    const merged = new Map([
      ...own.map(({ configName, configValue }) => [configName, configValue] as const),
      ...changed,
    ]);
    await this.admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ofTopic,
          name: topic,
          configEntries: [...merged].map(([name, value]) => ({ name, value })),
        },
      ],
    });
    return changed.map(
      ([name, value]) => `topic ${topic}: ${name} changed from ${now.get(name) ?? 'unset'} to ${value}`,
    );
  }

  private async leaderAnswers(topic: string): Promise<void> {
    const deadline = Date.now() + leadersWithinMs;
    for (;;) {
      try {
        await this.admin.fetchTopicOffsets(topic);
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await delay(50);
      }
    }
  }
}

const minInSync = 'min.insync.replicas';
const segment = 'segment.ms';
const dayMs = 86_400_000;

/** Kafka forgets whole segments, and none that it still writes: a short one is what makes records go in time. */
function keptFor(retentionMs: number): Record<string, string> {
  return { 'retention.ms': String(retentionMs), [segment]: String(Math.min(dayMs, Math.ceil(retentionMs / 4))) };
}

function wishes(
  catalogue: readonly CatalogueTopic[],
  prefix: string,
  { partitions = kafkaPartitions, minInSyncReplicas, retentionMs = weekMs }: TopicSettings,
): Wish[] {
  return catalogue.map((of) => ({
    ...of,
    topic: prefix + of.name,
    partitions: of.compacted ? of.partitions : partitions,
    config: {
      ...(of.compacted ? { 'cleanup.policy': 'compact' } : keptFor(retentionMs)),
      ...(minInSyncReplicas !== undefined && { [minInSync]: String(minInSyncReplicas) }),
      // A tool outside may pack its records by means that kafkajs cannot unpack: the broker does.
      ...(isInbound(of.name) && { 'compression.type': 'uncompressed' }),
    },
  }));
}

function replicasOf(metadata: ITopicMetadata | undefined): number {
  return Math.min(...(metadata?.partitions ?? []).map(({ replicas }) => replicas.length));
}

/** What differs from the settings and stays, with the reason. */
function unchangeable(
  { topic, partitions }: Wish,
  metadata: ITopicMetadata | undefined,
  { replicationFactor, minInSyncReplicas = 0 }: TopicSettings,
): string[] {
  const [has, replicas] = [metadata?.partitions.length ?? 0, replicasOf(metadata)];
  const said: string[] = [];
  if (has !== partitions)
    said.push(
      `topic ${topic}: has ${count(has)}, configured are ${partitions}; left as it is, ` +
        'because with another number events of one release would no longer be in order',
    );
  if (replicationFactor !== undefined && replicas !== replicationFactor)
    said.push(
      `topic ${topic}: has ${replicas} replica${replicas === 1 ? '' : 's'}, configured are ${replicationFactor}; ` +
        'left as it is, replicas are moved with kafka-reassign-partitions',
    );
  if (minInSyncReplicas > replicas)
    said.push(
      `topic ${topic}: ${minInSync} stays below ${minInSyncReplicas}, which ${replicas} of replicas can never reach`,
    );
  return said;
}

function count(partitions: number): string {
  return `${partitions} partition${partitions === 1 ? '' : 's'}`;
}
