import { randomBytes, randomUUID } from 'node:crypto';
import { isTraceparent, traceOf, withTraceparent } from '@signalbox/messaging';
import type { Span, Tracer } from '@signalbox/messaging';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Options of Fastify: a caller's `X-Request-Id` is taken over, else one is made. */
export const requestIds = { requestIdHeader: 'x-request-id', genReqId: () => randomUUID() } as const;

export interface RequestTraces {
  /** Absent: no spans are made. */
  tracer?: Tracer | undefined;
  /** Traces begin here. Elsewhere a call that brings none is nobody's step: a poll, a heartbeat, a probe. */
  isEdge: boolean;
}

/**
 * Every request belongs to a trace (W3C Trace Context): the caller's, else a new one. What it writes and whom it calls
 * carry it on; answers name the request.
 */
export function traceRequests(fastify: FastifyInstance, { tracer, isEdge }: RequestTraces): void {
  const spans = new WeakMap<FastifyRequest, Span>();
  fastify.addHook('onRequest', (request, reply, done) => {
    const given = request.headers['traceparent'];
    const parent = isTraceparent(given) ? given : undefined;
    if (tracer && (isEdge || parent !== undefined) && !isProbe(request)) {
      const span = serve(tracer, request, reply, parent);
      spans.set(request, span);
      request.headers['traceparent'] = span.traceparent;
    } else if (parent === undefined) request.headers['traceparent'] = newTraceparent();
    void reply.header('x-request-id', request.id);
    done();
  });
  // Bodies are read in a context of their own, so the ambient trace begins after that.
  fastify.addHook('preValidation', (request, _reply, done) => {
    if (tracer && !spans.has(request)) done();
    else withTraceparent(traceparentOf(request), done);
  });
}

/** A span of the request, until it is answered or given up. */
function serve(tracer: Tracer, request: FastifyRequest, reply: FastifyReply, parent: string | undefined): Span {
  const { method, url, routeOptions } = request;
  const span = tracer.start({
    name: routeOptions.url === undefined ? method : `${method} ${routeOptions.url}`,
    kind: 'server',
    parent,
    attributes: {
      'http.request.method': method,
      ...(routeOptions.url !== undefined && { 'http.route': routeOptions.url }),
      'url.path': url.split('?')[0] ?? '',
      'url.scheme': request.protocol,
      'server.address': request.hostname,
    },
  });
  reply.raw.once('close', () => {
    span.set({ 'http.response.status_code': reply.statusCode });
    if (!reply.raw.writableFinished) span.fail('the caller has gone');
    else if (reply.statusCode >= 500) span.fail(`HTTP ${reply.statusCode}`);
    span.end();
  });
  return span;
}

function isProbe({ routeOptions: { url } }: FastifyRequest): boolean {
  return url === '/metrics' || (url?.startsWith('/health/') ?? false);
}

export function traceIdOf(request: FastifyRequest): string {
  return traceOf(traceparentOf(request)) ?? request.id;
}

function traceparentOf(request: FastifyRequest): string {
  return String(request.headers['traceparent']);
}

function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}
