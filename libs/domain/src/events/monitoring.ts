import { z } from 'zod';
import { customEvent, standardEvent, topics } from '../event.js';

const topic = topics.monitoring;

export const verdict = z.enum(['passed', 'failed', 'inconclusive']);
export type Verdict = z.infer<typeof verdict>;

const counts = z.object({ requests: z.number(), failed: z.number() });
export const judgement = z.object({
  analysisId: z.string(),
  releaseId: z.string(),
  /** Rises by one per judgement; the deployer applies only the next. */
  number: z.number().int(),
  /** The rollout step whose weight the counts belong to. */
  step: z.number().int(),
  verdict,
  canary: counts,
  baseline: counts.optional(),
  /** Requests that a pass needs, when nothing fails; what `37 of 376` is out of. */
  needed: z.number().int().optional(),
  /** exp(logE) of what decided, against its limit 1/alpha. */
  evidence: z.number().optional(),
  limit: z.number().optional(),
  /** `20 % FAILED: 8 of 41, …` or what is missing. */
  summary: z.string(),
  metrics: z.array(
    z.object({
      name: z.string(),
      verdict,
      logE: z.number().optional(),
      detail: z.string(),
      dryRun: z.boolean().default(false),
    }),
  ),
  /** Seconds since a request was last seen by the canary. */
  silentForSeconds: z.number().optional(),
});
export type Judgement = z.infer<typeof judgement>;

export const analysisJudged = customEvent(topic, 'analysis.judged', judgement);
export const analysisFinished = customEvent(
  topic,
  'analysis.finished',
  z.object({ analysisId: z.string(), releaseId: z.string(), verdict, reason: z.string() }),
);

const incident = z.object({
  description: z.string().optional(),
  environment: z.object({ id: z.string() }),
  service: z.object({ id: z.string() }).optional(),
  artifactId: z.string().optional(),
});
const incidentCustom = z.object({
  application: z.string(),
  releaseId: z.string().optional(),
  version: z.string().optional(),
  incidentId: z.string(),
});
export const incidentDetected = standardEvent(topic, 'incident.detected', incident, incidentCustom);
export const incidentReported = standardEvent(
  topic,
  'incident.reported',
  incident.extend({ ticketURI: z.string() }),
  incidentCustom,
);
export const incidentResolved = standardEvent(topic, 'incident.resolved', incident, incidentCustom);
