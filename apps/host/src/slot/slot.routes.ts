import { slotDesired } from '@signalbox/domain';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { slotKey } from './slot.store.js';
import type { SlotService } from './slot.service.js';

const LONGEST_WAIT_MS = 30_000;

const observeQuery = z.object({
  waitGeneration: z.coerce.number().int().min(0).optional(),
  waitMs: z.coerce.number().int().min(0).max(LONGEST_WAIT_MS).default(10_000),
});

const logsQuery = z.object({
  deploymentId: z.string().optional(),
  lines: z.coerce.number().int().min(1).max(1000).default(100),
});

export function slotRoutes(slots: SlotService) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get('/v1/slots', async () => ({
      items: slots.list().map(({ stored, active }) => ({
        application: stored.application,
        environment: stored.environment,
        generation: active.generation,
        ...slots.addresses(stored),
      })),
      nextCursor: null,
    }));

    app.put('/v1/slots/:application/:environment', async ({ params, body }) =>
      slots.put(slotKey.parse(params), slotDesired.parse(body)),
    );

    app.get('/v1/slots/:application/:environment', async ({ params, query }) => {
      const { waitGeneration, waitMs } = observeQuery.parse(query);
      return slots.observe(slotKey.parse(params), waitGeneration, waitMs);
    });

    app.get('/v1/slots/:application/:environment/metrics', async ({ params }) => slots.metrics(slotKey.parse(params)));

    app.get('/v1/slots/:application/:environment/logs', async ({ params, query }) => {
      const { deploymentId, lines } = logsQuery.parse(query);
      return { lines: slots.lastLines(slotKey.parse(params), deploymentId, lines) };
    });
  };
}
