import { z } from 'zod';
import { customEvent, standardEvent, topics } from '../event.js';
import type { AnalysisConfig } from '../manifest/effective.js';

const topic = topics.deployment;
const content = z.object({ environment: z.object({ id: z.string() }), artifactId: z.string() });
const ours = z.object({
  releaseId: z.string(),
  application: z.string(),
  version: z.string(),
  deploymentId: z.string(),
  digest: z.string(),
  slotVersion: z.number().int(),
  url: z.string().optional(),
  previousVersion: z.string().optional(),
  /** Whether users had seen the version that was taken back. */
  exposed: z.boolean().optional(),
  reason: z.string().optional(),
});

export const serviceDeployed = standardEvent(topic, 'service.deployed', content, ours);
export const serviceUpgraded = standardEvent(topic, 'service.upgraded', content, ours);
export const serviceRolledBack = standardEvent(topic, 'service.rolledback', content, ours);

const environmentContent = z.object({ name: z.string().optional(), uri: z.string().optional() });
const environmentCustom = z.object({ application: z.string(), environment: z.string(), url: z.string().optional() });
export const environmentCreated = standardEvent(
  topics.reference,
  'environment.created',
  environmentContent,
  environmentCustom,
);

const rollout = {
  releaseId: z.string(),
  application: z.string(),
  environment: z.string(),
  version: z.string(),
  deploymentId: z.string(),
};
export const rolloutAdvanced = customEvent(
  topic,
  'rollout.advanced',
  z.object({
    ...rollout,
    step: z.number().int(),
    weight: z.number(),
    overriddenBy: z.string().optional(),
    reason: z.string().optional(),
  }),
);
export const rolloutPaused = customEvent(
  topic,
  'rollout.paused',
  z.object({ ...rollout, weight: z.number(), reason: z.string(), detail: z.string().optional() }),
);

const analysisConfig = z
  .custom<AnalysisConfig>((value) => typeof value === 'object' && value !== null && 'metrics' in value, 'an analysis')
  .meta({ type: 'object', title: 'analysis', required: ['metrics'] });
/** One analysis per rollout, from the first weight to the end. */
export const analysisRequested = customEvent(
  topic,
  'analysis.requested',
  z.object({
    ...rollout,
    analysisId: z.string(),
    metricsUrl: z.string(),
    canary: z.string(),
    /** Absent: no baseline, absolute ranges only. */
    baseline: z.string().optional(),
    baselineVersion: z.string().optional(),
    config: analysisConfig,
    /** How long a process may take to be ready: a canary of which none is for longer has failed. */
    startTimeout: z.string().optional(),
    /** The weight now, and its analysis step when one waits for a verdict. */
    weight: z.number(),
    step: z.number().int(),
  }),
);
export const analysisCancelled = customEvent(
  topic,
  'analysis.cancelled',
  z.object({ releaseId: z.string(), analysisId: z.string(), reason: z.string() }),
);
