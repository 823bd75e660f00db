import { EventEmitter } from 'node:events';
import { Pool } from 'pg';
import { Loop, backOffMs } from '../loop.js';
import { trimLog } from './log-schema.js';
import { withConnection } from './with-connection.js';

export interface Head {
  readonly topic: string;
  readonly partition: number;
  /** The offset after the last record. */
  readonly end: number;
}

const pollMs = 200;
const trimEveryMs = 3_600_000;
const tails = new Map<string, LogTail>();

/**
 * Watches where the partitions of a log end, once per process, however many services share it. Local appends
 * announce themselves; the poll only serves those of other processes.
 */
export class LogTail {
  private readonly emitter = new EventEmitter().setMaxListeners(0);
  private readonly heads = new Map<string, Head>();
  private readonly loop: Loop;
  private readonly pool: Pool;
  private users = 0;
  private trimmedAt = 0;

  private constructor(private readonly databaseUrl: string) {
    this.pool = new Pool({ connectionString: databaseUrl, max: 1, application_name: 'log-tail' });
    this.pool.on('error', () => undefined);
    this.loop = new Loop(
      async () => {
        await this.poll();
        return pollMs;
      },
      (_error, failures) => backOffMs(failures),
    );
  }

  static async open(databaseUrl: string): Promise<LogTail> {
    const tail = tails.get(databaseUrl) ?? new LogTail(databaseUrl);
    tails.set(databaseUrl, tail);
    tail.users += 1;
    try {
      await tail.poll();
    } catch (error) {
      await tail.close();
      throw error;
    }
    tail.loop.start();
    return tail;
  }

  async close(): Promise<void> {
    this.users -= 1;
    if (this.users > 0) return;
    tails.delete(this.databaseUrl);
    await this.loop.stop();
    await this.pool.end();
  }

  /** Called with the partitions that have grown; returns what ends the watch. */
  onGrowth(listener: (heads: readonly Head[]) => void): () => void {
    this.emitter.on('growth', listener);
    return () => this.emitter.off('growth', listener);
  }

  ends(): Head[] {
    return [...this.heads.values()];
  }

  announce(heads: readonly Head[]): void {
    const grown = heads.filter((head) => head.end > (this.heads.get(nameOf(head))?.end ?? -1));
    for (const head of grown) this.heads.set(nameOf(head), head);
    if (grown.length > 0) this.emitter.emit('growth', grown);
  }

  private async poll(): Promise<void> {
    const { rows } = await this.pool.query<{ topic: string; part: number; next_off: string }>(
      'SELECT topic, part, next_off FROM log_partition',
    );
    this.announce(rows.map((row) => ({ topic: row.topic, partition: row.part, end: Number(row.next_off) })));
    if (Date.now() - this.trimmedAt < trimEveryMs) return;
    this.trimmedAt = Date.now();
    await withConnection(this.pool, trimLog);
  }
}

function nameOf(head: Head): string {
  return `${head.topic}/${head.partition}`;
}
