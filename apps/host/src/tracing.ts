import { isTraceparent } from '@signalbox/messaging/otel';
import type { Tracer } from '@signalbox/messaging/otel';
import type { FastifyInstance } from 'fastify';

/** A span of each call that belongs to a release: what the deployer puts, and what the monitor reads. */
export function traceCalls(app: FastifyInstance, tracer: Tracer): void {
  app.addHook('onRequest', (request, reply, done) => {
    const parent = request.headers['traceparent'];
    const route = request.routeOptions.url;
    if (isTraceparent(parent) && route !== undefined) {
      const { method } = request;
      const attributes = {
        'http.request.method': method,
        'http.route': route,
        'url.path': request.url,
        'url.scheme': 'http',
      };
      const span = tracer.start({ name: `${method} ${route}`, kind: 'server', parent, attributes });
      reply.raw.once('close', () => {
        span.set({ 'http.response.status_code': reply.statusCode });
        if (reply.statusCode >= 500) span.fail(`HTTP ${reply.statusCode}`);
        span.end();
      });
    }
    done();
  });
}
