import type { Readable } from 'node:stream';
import replyFrom from '@fastify/reply-from';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { IdentifiedRequest, Identify, IdentityMint, Logger } from '@signalbox/chassis';
import { HttpProblem, sendProblem, traceCall, traceIdOf } from '@signalbox/chassis';
import type { Tracer } from '@signalbox/messaging';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { UpstreamName } from '../config.js';
import type { RateLimit } from '../rate-limit/rate-limit.js';
import type { Telemetry } from '../telemetry.js';
import { answeredWithinMs, repeatAfterMs } from './repeat.js';
import { ownerOf } from './routes.js';

export interface ProxyOptions {
  upstreams: Record<UpstreamName, string>;
  identify: Identify;
  mint: IdentityMint;
  limit: RateLimit;
  logger: Logger;
  telemetry: Telemetry;
  tracer: Tracer | undefined;
}

/** Sends each call to its owner, with an identity signed for exactly this call. */
export async function addProxy(app: NestFastifyApplication, options: ProxyOptions): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  await fastify.register(replyFrom, {
    undici: { connections: 64, pipelining: 1 },
  });
  const forward = (request: FastifyRequest, reply: FastifyReply) =>
    // The proxy is no Nest route: its errors become problems here.
    pass(request, reply, options).catch((error: unknown) => sendProblem(error, request, reply, options.logger));
  const method = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
  fastify.route({ method: [...method], url: '/v1/:collection', handler: forward });
  fastify.route({ method: [...method], url: '/v1/:collection/*', handler: forward });
}

async function pass(request: IdentifiedRequest, reply: FastifyReply, options: ProxyOptions): Promise<FastifyReply> {
  const owner = ownerOf(request.url);
  const identity = await options.identify(request);
  await options.limit.take(identity.principal, reply, () => options.telemetry.rateLimited(identity.principal));
  if (owner === undefined)
    throw new HttpProblem(404, 'not_found', `no such resource: ${request.url.split('?')[0]}`, { fix: 'see /docs' });
  const body = request.rawBody ?? Buffer.alloc(0);
  const call = { audience: owner, method: request.method, path: request.url, body };
  const token = await options.mint.mint(identity, call);
  // The query is passed on as it came: it may hold what is no encoding.
  const [path = ''] = request.url.split('?');
  const url = `${options.upstreams[owner]}${path}`;
  const traced = traceCall(options.tracer, request.method, url, String(request.headers['traceparent']));
  return reply.from(url, {
    ...(body.length > 0 && { body, contentType: request.headers['content-type'] ?? 'application/json' }),
    rewriteRequestHeaders: (_request, headers) => ({
      ...withoutConnection(headers),
      ...traced.headers,
      authorization: `Bearer ${token}`,
      'x-request-id': request.id,
    }),
    timeout: answeredWithinMs(request.method),
    retryDelay: ({ err, attempt }) =>
      repeatAfterMs({
        method: request.method,
        idempotencyKey: request.headers['idempotency-key'],
        error: err as { code?: string } | null,
        attempt,
      }),
    onResponse: (_request, to, answer) => {
      traced.answered(to.statusCode);
      // The types call it a response that is written; it is the one that was read.
      void to.send((answer as unknown as { stream: Readable }).stream);
    },
    onError: (_reply, { error }) => {
      traced.failed(error);
      options.telemetry.upstreamFailed(owner, error, traceIdOf(request));
      const gone = new HttpProblem(502, 'upstream_unavailable', `${owner} does not answer`, {
        fix: 'try again; signalbox doctor shows what is down',
      });
      void sendProblem(gone, request, reply, options.logger);
    },
  });
}

/** What a caller and this process have agreed on is not the upstream's; undici refuses `expect`. */
function withoutConnection<H extends object>(headers: H): H {
  const { expect: _, 'keep-alive': __, upgrade: ___, ...rest } = headers as Record<string, unknown>;
  return rest as H;
}
