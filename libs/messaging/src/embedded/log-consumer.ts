import { Client } from 'pg';
import { Loop, backOffMs } from '../loop.js';
import type { BatchHandler, IncomingRecord, PartitionProgress, Subscription } from '../ports.js';
import { assignedTo } from './assignment.js';
import type { Head, LogTail } from './log-tail.js';
import { PartitionReader } from './partition-reader.js';
import { Permits } from './permits.js';

export interface LogConsumerOptions {
  readonly databaseUrl: string;
  readonly tail: LogTail;
  readonly prefix: string;
  /** With the prefix, as are the topics. */
  readonly group: string;
  readonly topics: readonly string[];
  readonly onBatch: BatchHandler;
}

interface LogRow {
  off: string;
  key: string | null;
  headers: Record<string, string>;
  value: Buffer | null;
}

const batchSize = 100;
const superviseMs = 500;
/** Batches of different partitions that may be in hand at once; each needs a database connection of the service. */
const parallelBatches = 4;

/** One member of a consumer group of the log. Its session in the log's database is its sign of life. */
export class LogConsumer implements Subscription {
  private readonly readers = new Map<string, PartitionReader>();
  private readonly permits = new Permits(parallelBatches);
  private readonly loop: Loop;
  private readonly unwatch: () => void;
  private client: Client | undefined;
  private pid = 0;

  constructor(private readonly options: LogConsumerOptions) {
    this.loop = new Loop(
      () => this.supervise(),
      (_error, failures) => backOffMs(failures),
    );
    this.unwatch = options.tail.onGrowth((heads) => this.readTo(heads));
  }

  /** Resolves when this member has joined the group and knows its partitions. */
  async start(): Promise<void> {
    await this.supervise();
    this.loop.start();
  }

  async stop(): Promise<void> {
    this.unwatch();
    await this.loop.stop();
    await Promise.all([...this.readers.values()].map((reader) => reader.stop()));
    await this.storeOffsets().catch(() => undefined);
    await this.client?.end().catch(() => undefined);
  }

  async progress(): Promise<PartitionProgress[]> {
    const { rows } = await this.connected().query<{ topic: string; part: number; next_off: string; off: string }>(
      `SELECT p.topic, p.part, p.next_off, coalesce(o.off, 0) AS off
       FROM log_partition p LEFT JOIN log_offset o ON (o.grp, o.topic, o.part) = ($1, p.topic, p.part)
       WHERE p.topic = ANY($2)`,
      [this.options.group, this.options.topics],
    );
    return rows.map((row) => ({
      topic: row.topic.slice(this.options.prefix.length),
      partition: row.part,
      position: Math.max(Number(row.off), this.readers.get(`${row.topic}/${row.part}`)?.position ?? 0),
      end: Number(row.next_off),
    }));
  }

  private async supervise(): Promise<number> {
    this.client ??= await this.join();
    await this.storeOffsets();
    await this.takeAssignment();
    // What has grown while a partition was taken over was announced to nobody.
    this.readTo(this.options.tail.ends());
    return superviseMs;
  }

  private readTo(heads: readonly Head[]): void {
    for (const { topic, partition, end } of heads) this.readers.get(`${topic}/${partition}`)?.growTo(end);
  }

  private async join(): Promise<Client> {
    const client = new Client({
      connectionString: this.options.databaseUrl,
      application_name: `log ${this.options.group}`,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      query_timeout: 15_000,
      // Partitions are fetched beside each other.
      pipeline: true,
      // A lost offset only means that records come again, which the inbox makes good.
      options:
        '-c synchronous_commit=off -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3',
    });
    const forget = () => {
      if (this.client === client) this.client = undefined;
    };
    client.on('error', forget);
    client.on('end', forget);
    await client.connect();
    const { rows } = await client.query<{ pid: number }>(
      `INSERT INTO log_member (grp, pid, backend_start)
       SELECT $1, pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()
       ON CONFLICT (grp, pid) DO UPDATE SET backend_start = excluded.backend_start RETURNING pid`,
      [this.options.group],
    );
    this.pid = rows[0]?.pid ?? 0;
    return client;
  }

  private async takeAssignment(): Promise<void> {
    const { group, tail, topics } = this.options;
    const { rows: members } = await this.connected().query<{ pid: number }>(
      `SELECT m.pid FROM log_member m JOIN pg_stat_activity a USING (pid, backend_start) WHERE m.grp = $1 ORDER BY m.pid`,
      [group],
    );
    const heads = tail
      .ends()
      .filter((head) => topics.includes(head.topic))
      .sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition);
    const mine = assignedTo(
      this.pid,
      members.map((member) => member.pid),
      heads,
    );
    const names = new Set(mine.map((head) => `${head.topic}/${head.partition}`));
    for (const [name, reader] of this.readers) {
      if (names.has(name)) continue;
      await reader.stop();
      try {
        await this.storeOffsets();
      } finally {
        // One that has stopped reads no more; what is not stored comes again, to whoever has the partition then.
        this.readers.delete(name);
      }
    }
    const added = mine.filter((head) => !this.readers.has(`${head.topic}/${head.partition}`));
    if (added.length === 0) return;
    const offsets = await this.storedOffsets();
    for (const { topic, partition, end } of added) {
      const name = `${topic}/${partition}`;
      const reader = new PartitionReader({
        position: offsets.get(name) ?? 0,
        fetch: (from) => this.fetch(topic, partition, from),
        onRecords: (records) =>
          this.options.onBatch({ topic: topic.slice(this.options.prefix.length), partition, records }),
        permits: this.permits,
      });
      this.readers.set(name, reader);
      reader.growTo(end);
    }
  }

  private async fetch(topic: string, partition: number, from: number): Promise<IncomingRecord[]> {
    const { rows } = await this.connected().query<LogRow>({
      name: 'fetch',
      text: `SELECT off, key, headers, value FROM log WHERE topic = $1 AND part = $2 AND off >= $3 ORDER BY off LIMIT ${batchSize}`,
      values: [topic, partition, from],
    });
    return rows.map((row) => ({
      topic: topic.slice(this.options.prefix.length),
      partition,
      offset: Number(row.off),
      key: row.key,
      headers: row.headers,
      value: row.value,
    }));
  }

  private async storedOffsets(): Promise<Map<string, number>> {
    const { rows } = await this.connected().query<{ topic: string; part: number; off: string }>(
      'SELECT topic, part, off FROM log_offset WHERE grp = $1',
      [this.options.group],
    );
    return new Map(rows.map((row) => [`${row.topic}/${row.part}`, Number(row.off)]));
  }

  private async storeOffsets(): Promise<void> {
    const moved = [...this.readers].filter(([, reader]) => reader.position > reader.stored);
    if (moved.length === 0) return;
    const rows = moved.map(([name, reader]) => {
      const slash = name.lastIndexOf('/');
      return { topic: name.slice(0, slash), part: Number(name.slice(slash + 1)), position: reader.position, reader };
    });
    await this.connected().query(
      `INSERT INTO log_offset (grp, topic, part, off) SELECT $1, * FROM unnest($2::text[], $3::int[], $4::bigint[])
       ON CONFLICT (grp, topic, part) DO UPDATE SET off = greatest(log_offset.off, excluded.off)`,
      [this.options.group, rows.map((row) => row.topic), rows.map((row) => row.part), rows.map((row) => row.position)],
    );
    for (const { reader, position } of rows) reader.stored = position;
  }

  private connected(): Client {
    if (!this.client) throw new Error('the connection to the event log was lost');
    return this.client;
  }
}
