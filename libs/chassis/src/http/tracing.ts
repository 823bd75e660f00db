import { randomBytes, randomUUID } from 'node:crypto';
import { withTraceparent } from '@signalbox/messaging';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const wellFormed = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Options of Fastify: a caller's `X-Request-Id` is taken over, else one is made. */
export const requestIds = { requestIdHeader: 'x-request-id', genReqId: () => randomUUID() } as const;

/**
 * Every request belongs to a trace (W3C Trace Context): the caller's, else a new one. What it writes and whom it calls
 * carry it on; answers name the request.
 */
export function traceRequests(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const given = request.headers['traceparent'];
    if (typeof given !== 'string' || !wellFormed.test(given)) request.headers['traceparent'] = newTraceparent();
    void reply.header('x-request-id', request.id);
    done();
  });
  // Bodies are read in a context of their own, so the ambient trace begins after that.
  fastify.addHook('preValidation', (request, _reply, done) => {
    withTraceparent(traceparentOf(request), done);
  });
}

export function traceIdOf(request: FastifyRequest): string {
  return traceparentOf(request).split('-')[1] ?? request.id;
}

function traceparentOf(request: FastifyRequest): string {
  return String(request.headers['traceparent']);
}

function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}
