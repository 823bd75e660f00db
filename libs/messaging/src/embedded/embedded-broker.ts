import { createHash } from 'node:crypto';
import { inboundPartitions, isInbound, topicCatalogueWith } from '@signalbox/domain';
import type { CatalogueTopic, EventSource } from '@signalbox/domain';
import { Pool } from 'pg';
import type { PoolClient, QueryConfig } from 'pg';
import type { Broker, BrokerHealth, OutgoingRecord, SubscribeOptions, Subscription } from '../ports.js';
import { LogConsumer } from './log-consumer.js';
import { createLog } from './log-schema.js';
import { LogTail } from './log-tail.js';
import { withConnection } from './with-connection.js';

export interface EmbeddedBrokerOptions {
  /** A database of the log's own. */
  readonly databaseUrl: string;
  readonly topicPrefix?: string;
  /** Outside; each has a topic. */
  readonly sources?: readonly EventSource[];
}

const append = `
WITH incoming AS (
  SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::jsonb[], $5::bytea[]) WITH ORDINALITY
    AS record (topic, part, key, headers, value, place)
), counted AS (
  SELECT topic, part, count(*) AS records FROM incoming GROUP BY topic, part
), grown AS (
  UPDATE log_partition p SET next_off = p.next_off + c.records FROM counted c
  WHERE (p.topic, p.part) = (c.topic, c.part)
  RETURNING p.topic, p.part, p.next_off, p.next_off - c.records AS first_off
), appended AS (
  INSERT INTO log (topic, part, off, key, headers, value)
  SELECT i.topic, i.part, g.first_off + row_number() OVER (PARTITION BY i.topic, i.part ORDER BY i.place) - 1,
    i.key, i.headers, i.value
  FROM incoming i JOIN grown g ON (g.topic, g.part) = (i.topic, i.part)
)
SELECT topic, part, next_off FROM grown`;

/** Lock order for appends that touch several partitions. */
const lockPartitions = `
SELECT 1 FROM log_partition p JOIN (SELECT DISTINCT * FROM unnest($1::text[], $2::int[]) AS t (topic, part)) t
  ON (p.topic, p.part) = (t.topic, t.part) ORDER BY p.topic, p.part FOR UPDATE OF p`;

interface Grown {
  topic: string;
  part: number;
  next_off: string;
}

/** A partitioned log in a PostgreSQL table, for installations without Kafka. */
export class EmbeddedBroker implements Broker {
  private readonly prefix: string;
  private readonly catalogue: readonly CatalogueTopic[];
  private readonly partitions: ReadonlyMap<string, number>;
  private pool: Pool | undefined;
  private tail: LogTail | undefined;

  constructor(private readonly options: EmbeddedBrokerOptions) {
    this.prefix = options.topicPrefix ?? '';
    this.catalogue = topicCatalogueWith(options.sources ?? []);
    this.partitions = new Map(this.catalogue.map((topic) => [topic.name, topic.partitions]));
  }

  async start(): Promise<void> {
    if (this.tail) return;
    await this.createTopics();
    this.tail = await LogTail.open(this.options.databaseUrl);
  }

  async stop(): Promise<void> {
    const { pool, tail } = this;
    this.pool = undefined;
    this.tail = undefined;
    await tail?.close();
    await pool?.end();
  }

  async createTopics(): Promise<void> {
    await withConnection(this.connections(), (client) => createLog(client, this.prefix, this.catalogue));
  }

  async sendBatch(records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return;
    const topics = records.map((record) => this.prefix + record.topic);
    const parts = records.map((record) => this.partitionOf(record));
    const touched = new Set(topics.map((topic, index) => `${topic}/${parts[index]}`)).size;
    const appending = {
      name: 'append',
      text: append,
      values: [
        topics,
        parts,
        records.map((record) => record.key),
        records.map((record) => JSON.stringify(record.headers)),
        records.map((record) => (typeof record.value === 'string' ? Buffer.from(record.value) : record.value)),
      ],
    };
    const grown = await withConnection(this.connections(), async (client) => {
      // One lock alone cannot deadlock: an append to one partition needs no transaction that takes it first.
      if (touched > 1) return appendInOrder(client, appending, [topics, parts], touched);
      const { rows } = await client.query<Grown>(appending);
      demandAll(touched, rows.length);
      return rows;
    });
    this.tail?.announce(grown.map((row) => ({ topic: row.topic, partition: row.part, end: Number(row.next_off) })));
  }

  async subscribe({ group, topics, onBatch }: SubscribeOptions): Promise<Subscription> {
    if (!this.tail) throw new Error('the broker has not been started');
    const consumer = new LogConsumer({
      databaseUrl: this.options.databaseUrl,
      tail: this.tail,
      prefix: this.prefix,
      group: this.prefix + group,
      topics: topics.map((topic) => this.prefix + topic),
      onBatch,
    });
    await consumer.start();
    return consumer;
  }

  async health(): Promise<BrokerHealth> {
    try {
      await this.connections().query('SELECT 1');
      return { healthy: true };
    } catch (error) {
      return { healthy: false, detail: `the event log cannot be reached: ${(error as Error).message}` };
    }
  }

  private partitionOf(record: OutgoingRecord): number {
    // What was taken in goes out, also of a source that is not declared any more: its topic is still there.
    const count = this.partitions.get(record.topic) ?? (isInbound(record.topic) ? inboundPartitions : undefined);
    if (count === undefined) throw new Error(`topic ${record.topic} is not in the catalogue`);
    return createHash('sha1').update(record.key).digest().readUInt32BE(0) % count;
  }

  private connections(): Pool {
    if (!this.pool) {
      this.pool = new Pool({
        connectionString: this.options.databaseUrl,
        max: 2,
        application_name: 'log',
        pipeline: true,
        connectionTimeoutMillis: 5_000,
        query_timeout: 15_000,
      });
      this.pool.on('error', () => undefined);
    }
    return this.pool;
  }
}

/** Takes the locks of several partitions in one order, as everybody does. Nothing is appended when a topic is missing. */
async function appendInOrder(
  client: PoolClient,
  appending: QueryConfig,
  partitions: [topics: readonly string[], parts: readonly number[]],
  touched: number,
): Promise<Grown[]> {
  try {
    // Sent together, answered in one round trip.
    const [, locked, { rows }] = await Promise.all([
      client.query('BEGIN'),
      client.query({ name: 'lock', text: lockPartitions, values: partitions }),
      client.query<Grown>(appending),
    ]);
    demandAll(touched, locked.rowCount);
    await client.query('COMMIT');
    return rows;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function demandAll(touched: number, found: number | null): void {
  if (found !== touched) throw new Error('a topic of the catalogue has not been created');
}
