import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { IdentifiedRequest } from '@signalbox/chassis';
import type { FastifyReply } from 'fastify';
import type { Observable } from 'rxjs';
import type { Telemetry } from '../telemetry.js';
import type { RateLimit } from './rate-limit.js';

/** Counts calls of the gateway's own routes with those that it passes on; what is public has no caller to count. */
export class RateLimitInterceptor implements NestInterceptor {
  constructor(
    private readonly limit: RateLimit,
    private readonly telemetry: Pick<Telemetry, 'rateLimited'>,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const { identity } = http.getRequest<IdentifiedRequest>();
    if (identity) {
      const { principal } = identity;
      await this.limit.take(principal, http.getResponse<FastifyReply>(), () => this.telemetry.rateLimited(principal));
    }
    return next.handle();
  }
}
