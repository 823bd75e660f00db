import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { briefSeconds } from './meter.js';
import type { Meter } from './meter.js';

/** Rate, errors and duration of requests by route. Streams are counted while they are open, not timed. */
export function observeRequests(app: NestFastifyApplication, meter: Meter): void {
  const duration = meter.histogram(
    'http_request_duration_seconds',
    'HTTP requests by route (`none`: no such route) and class of status',
    briefSeconds,
    { method: [], route: [], status: [] },
  );
  const inFlight = meter.gauge('http_requests_in_flight', 'HTTP requests not yet answered, open streams among them');
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (_request, reply, done) => {
    inFlight.inc();
    // Comes for every request, also for one that its caller has given up.
    reply.raw.once('close', () => inFlight.dec());
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const isStream = String(reply.raw.getHeader('content-type') ?? '').startsWith('text/event-stream');
    const labels = {
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: `${Math.floor(reply.statusCode / 100)}xx`,
    };
    if (!isStream) duration.observe(labels, reply.elapsedTime / 1000);
    done();
  });
}
