import { Controller, Get, HttpCode, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { ServiceStatus } from '@signalbox/domain';
import type { Broker, Messaging } from '@signalbox/messaging';
import type { Database } from '@signalbox/persistence';
import type { FastifyReply } from 'fastify';
import { Registry } from 'prom-client';
import { Public } from './identity/guard.js';
import type { StatusReport } from './status.js';

export interface Check {
  ok: boolean;
  detail?: string;
}

/** What readiness depends on. */
export interface HealthSources {
  database: Database;
  broker: Broker;
  messaging: Messaging;
  status: StatusReport;
  /** What `/metrics` shows, one after the other. */
  registries: readonly Registry[];
}

export const HEALTH_SOURCES = Symbol('health sources');

/** Whoever asks often gives a second; the broker decides nothing, and must not use it up. */
const withinMs = { database: 2_000, broker: 500 };

async function check(ms: number, question: () => Promise<Check>): Promise<Check> {
  const late = new Promise<Check>((resolve) => {
    setTimeout(() => resolve({ ok: false, detail: `no answer in ${ms} ms` }), ms).unref();
  });
  return Promise.race([question().catch((error: unknown) => ({ ok: false, detail: String(error) })), late]);
}

/** Who asks while a question is under way gets its answer: nobody's asking takes all connections. */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return () =>
    (underWay ??= ask().finally(() => {
      underWay = undefined;
    }));
}

@Public()
@ApiExcludeController()
@Controller()
export class HealthController {
  private readonly checks = shared(() => this.check());
  private readonly report = shared(() => this.sources.status.read());
  private readonly figures = shared(() => Promise.all(this.sources.registries.map((registry) => registry.metrics())));

  constructor(@Inject(HEALTH_SOURCES) private readonly sources: HealthSources) {}

  /** The process runs; nothing outside it is asked. */
  @Get('health/live')
  @HttpCode(200)
  live(): { status: string; pid: number } {
    return { status: 'live', pid: process.pid };
  }

  /**
   * Ready to be called: the database answers, and what was in the log at the start has been applied. Without its broker
   * it is still: what it decides waits in the outbox, and all processes together would otherwise be taken out of service
   * by one broker.
   */
  @Get('health/ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const checks = await this.checks();
    const ready = checks.database.ok && checks.caughtUp.ok;
    void reply.status(ready ? 200 : 503);
    return {
      status: ready ? (checks.broker.ok ? 'ready' : 'degraded') : 'not_ready',
      // Whoever starts us sees that it is not another process that answers at our port.
      pid: process.pid,
      checks,
    };
  }

  /** What the gateway gathers for `signalbox doctor`; always 200, whatever is wrong is in it. */
  @Get('status')
  status(): Promise<ServiceStatus> {
    return this.report();
  }

  @Get('metrics')
  async metrics(@Res() reply: FastifyReply): Promise<void> {
    const pages = await this.figures();
    await reply.type(Registry.PROMETHEUS_CONTENT_TYPE).send(pages.join('\n'));
  }

  private async check(): Promise<Record<'database' | 'broker' | 'caughtUp', Check>> {
    const { database, broker, messaging } = this.sources;
    const [databaseCheck, brokerCheck] = await Promise.all([
      check(withinMs.database, async () => {
        await database.query('SELECT 1');
        return { ok: true };
      }),
      check(withinMs.broker, async () => {
        const health = await broker.health();
        return { ok: health.healthy, ...(health.detail && { detail: health.detail }) };
      }),
    ]);
    return { database: databaseCheck, broker: brokerCheck, caughtUp: { ok: messaging.isCaughtUp() } };
  }
}
