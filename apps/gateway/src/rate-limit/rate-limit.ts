import type { OnApplicationShutdown } from '@nestjs/common';
import { HttpProblem } from '@signalbox/chassis';
import type { FastifyReply } from 'fastify';
import { Pool } from 'pg';

const windowSeconds = 10;
const windowMs = windowSeconds * 1_000;
/** Asked before every call: who gets no answer counts for itself. */
const limits = { connectionTimeoutMillis: 2_000, query_timeout: 2_000 };

/**
 * By the database's clock alone: those of gateways differ. No window ends later than one that begins now, whatever was
 * stored before.
 */
const takeOne = `
  INSERT INTO request_window AS known (principal, taken, ends_at)
  VALUES ($1, 1, now() + ${windowSeconds} * interval '1 second')
  ON CONFLICT (principal) DO UPDATE SET
    taken = CASE WHEN known.ends_at > now() THEN known.taken + 1 ELSE 1 END,
    ends_at = CASE WHEN known.ends_at > now() THEN least(known.ends_at, excluded.ends_at) ELSE excluded.ends_at END
  RETURNING taken, (extract(epoch FROM ends_at - now()) * 1000)::int AS "endsInMs"`;
export const windowsKept = { table: 'request_window', column: 'ends_at', days: 1 };
/** As many principals as a gateway knows at once. */
const mostWindows = 10_000;

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
    if (this.windows.size > mostWindows) this.windows.clear();
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
