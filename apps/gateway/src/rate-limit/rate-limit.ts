import type { OnApplicationShutdown } from '@nestjs/common';
import { HttpProblem } from '@signalbox/chassis';
import type { FastifyReply } from 'fastify';
import { Pool } from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';

const windowSeconds = 10;
/** Asked before every call: who gets no answer counts for itself. */
const limits = { connectionTimeoutMillis: 2_000, query_timeout: 2_000 };

/** Requests per principal, counted for all gateways together; while the database is away each counts for itself. */
export class RateLimit implements OnApplicationShutdown {
  private constructor(
    private readonly limiter: RateLimiterPostgres,
    private readonly pool: Pool,
    private readonly points: number,
  ) {}

  static open(databaseUrl: string, points: number): RateLimit {
    const pool = new Pool({ connectionString: databaseUrl, max: 4, application_name: 'gateway-rate-limit', ...limits });
    pool.on('error', () => undefined);
    const insuranceLimiter = new RateLimiterMemory({ points, duration: windowSeconds });
    const limiter = new RateLimiterPostgres({
      storeClient: pool,
      tableName: 'rate_limit',
      tableCreated: true,
      points,
      duration: windowSeconds,
      inMemoryBlockOnConsumed: points,
      insuranceLimiter,
    });
    return new RateLimit(limiter, pool, points);
  }

  /** Takes one; throws 429 with the time to wait when there is none left. */
  async take(principal: string, reply: FastifyReply, onRefused: () => void): Promise<void> {
    void reply.header('ratelimit-policy', `"default";q=${this.points};w=${windowSeconds}`);
    try {
      const { remainingPoints, msBeforeNext } = await this.limiter.consume(principal);
      void reply.header('ratelimit', `"default";r=${remainingPoints};t=${Math.ceil(msBeforeNext / 1000)}`);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      onRefused();
      const seconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
      throw new HttpProblem(429, 'rate_limited', `more than ${this.points} requests in ${windowSeconds}s`, {
        fix: `wait ${seconds}s`,
        headers: { 'retry-after': String(seconds), ratelimit: `"default";r=0;t=${seconds}` },
      });
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}
