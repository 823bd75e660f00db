import { isSameSecret } from '@signalbox/domain';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { asProblem, Problem } from './problem.js';
import type { SlotService } from './slot/slot.service.js';
import { slotRoutes } from './slot/slot.routes.js';
import { statusOf } from './status.js';
import type { Build, HostFigures } from './telemetry.js';

const BODY_LIMIT = 4 * 1024 * 1024;

/** The control plane: what the deployer talks to. */
export function controlPlane(
  slots: SlotService,
  key: string,
  logger: FastifyBaseLogger,
  figures: HostFigures,
  build: Build,
): FastifyInstance {
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = asProblem(error);
    if (problem.status >= 500) request.log.error({ err: error }, 'request failed');
    return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  });
  app.setNotFoundHandler(() => {
    throw new Problem(404, 'not_found', 'no such route');
  });
  app.get('/health/live', async () => ({ status: 'ready', pid: process.pid }));
  app.get('/health/ready', async () => ({ status: 'ready', pid: process.pid }));
  app.get('/metrics', async (_request, reply) =>
    reply.type('text/plain; version=0.0.4').send(await figures.text(slots)),
  );
  app.register(async (guarded) => {
    guarded.addHook('onRequest', async (request) => {
      if (!isSameSecret(request.headers.authorization ?? '', `Bearer ${key}`)) {
        throw new Problem(401, 'unauthenticated', 'a bearer key is required');
      }
    });
    guarded.get('/v1/status', async () => statusOf(slots, build));
    await guarded.register(slotRoutes(slots));
  });
  return app;
}
