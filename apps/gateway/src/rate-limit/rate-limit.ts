import type { OnApplicationShutdown } from '@nestjs/common';
import { HttpProblem } from '@signalbox/chassis';
import type { FastifyReply } from 'fastify';
import { Pool } from 'pg';

const windowSeconds = 10;
const windowMs = windowSeconds * 1_000;
/** Asked before every call: who gets no answer counts for itself. */
const limits = { connectionTimeoutMillis: 2_000, query_timeout: 2_000 };

const nowMs = '(extract(epoch FROM now()) * 1000)::bigint';
/**
 * By the database's clock alone: those of gateways differ. No window ends later than one that begins now, whatever was
 * stored before.
 */
const takeOne = `
  INSERT INTO rate_limit AS known (key, points, expire) VALUES ($1, 1, ${nowMs} + ${windowMs})
  ON CONFLICT (key) DO UPDATE SET
    points = CASE WHEN known.expire > excluded.expire - ${windowMs} THEN known.points + 1 ELSE 1 END,
    expire = CASE WHEN known.expire > excluded.expire - ${windowMs} THEN least(known.expire, excluded.expire)
      ELSE excluded.expire END
  RETURNING points AS taken, (expire - ${nowMs})::int AS "endsInMs"`;

/** How much of a principal's limit is used, until when by this process's own clock. */
interface Window {
  taken: number;
  endsAtMs: number;
}

/** Requests per principal, counted for all gateways together; while the database is away each counts for itself. */
export class RateLimit implements OnApplicationShutdown {
  private readonly windows = new Map<string, Window>();

  private constructor(
    private readonly pool: Pool,
    private readonly points: number,
  ) {}

  static open(databaseUrl: string, points: number): RateLimit {
    const pool = new Pool({ connectionString: databaseUrl, max: 4, application_name: 'gateway-rate-limit', ...limits });
    pool.on('error', () => undefined);
    return new RateLimit(pool, points);
  }

  /** Takes one; throws 429 with the time to wait when there is none left. */
  async take(principal: string, reply: FastifyReply, onRefused: () => void): Promise<void> {
    void reply.header('ratelimit-policy', `"default";q=${this.points};w=${windowSeconds}`);
    const { taken, endsAtMs } = await this.windowOf(principal);
    const seconds = Math.max(1, Math.ceil((endsAtMs - performance.now()) / 1000));
    const ratelimit = `"default";r=${Math.max(0, this.points - taken)};t=${seconds}`;
    if (taken <= this.points) return void reply.header('ratelimit', ratelimit);
    onRefused();
    throw new HttpProblem(429, 'rate_limited', `more than ${this.points} requests in ${windowSeconds}s`, {
      fix: `wait ${seconds}s`,
      headers: { 'retry-after': String(seconds), ratelimit },
    });
  }

  /** With this request counted. */
  private async windowOf(principal: string): Promise<Window> {
    const open = this.openWindow(principal);
    // Who has taken too many is counted no further.
    if (open && open.taken > this.points) return open;
    const window = await this.countForAll(principal).catch(() => this.countAlone(principal));
    this.windows.set(principal, window);
    return window;
  }

  private openWindow(principal: string): Window | undefined {
    const window = this.windows.get(principal);
    return window && window.endsAtMs > performance.now() ? window : undefined;
  }

  private async countForAll(principal: string): Promise<Window> {
    const { rows } = await this.pool.query<{ taken: number; endsInMs: number }>(takeOne, [principal]);
    const [row] = rows;
    if (!row) throw new Error('the database did not count a request');
    return { taken: row.taken, endsAtMs: performance.now() + row.endsInMs };
  }

  private countAlone(principal: string): Window {
    const { taken, endsAtMs } = this.openWindow(principal) ?? { taken: 0, endsAtMs: performance.now() + windowMs };
    return { taken: taken + 1, endsAtMs };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}
