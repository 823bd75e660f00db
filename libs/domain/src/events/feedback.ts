import { z } from 'zod';
import { customEvent, topics } from '../event.js';

const topic = topics.feedback;

/** Ids and labels only: a log cannot forget, so texts and identities stay in feedback's tables. */
export const feedbackReceived = customEvent(
  topic,
  'feedback.received',
  z.object({
    feedbackId: z.string(),
    application: z.string(),
    version: z.string().optional(),
    kind: z.string(),
    rating: z.number().optional(),
  }),
);
export const feedbackLinked = customEvent(
  topic,
  'feedback.linked',
  z.object({ feedbackId: z.string(), application: z.string(), version: z.string(), releaseId: z.string() }),
);
