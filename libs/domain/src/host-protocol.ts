import { z } from 'zod';
import { digest } from './artifact.js';

/** What the deployer tells the host about one slot (application and environment), and what the host answers. */

const environmentVariables = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string());

export const deploymentDesired = z.strictObject({
  deploymentId: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,139}$/),
  version: z.string().regex(/^[\x21-\x7e]{1,100}$/),
  /** The slot's request counter; answers carry `Signalbox-Version: version@slotVersion`. */
  slotVersion: z.int().min(0),
  /** Of the uncompressed tar. */
  digest,
  artifactUrl: z.url({ protocol: /^https?$/ }),
  command: z.array(z.string()).min(1),
  config: environmentVariables,
  secrets: environmentVariables,
  healthCheckPath: z.string().startsWith('/'),
  startTimeoutMs: z.int().min(1),
  stopTimeoutMs: z.int().min(0),
  replicas: z.int().min(1).max(100),
  weight: z.int().min(0).max(100),
});
export type DeploymentDesired = z.infer<typeof deploymentDesired>;

/** The whole desired state of a slot; an empty list stops everything. */
export const slotDesired = z
  .strictObject({
    generation: z.int().min(0),
    /** Reserved: stored, not acted on. */
    fallbackAfter: z.iso.datetime().optional(),
    deployments: z.array(deploymentDesired),
  })
  .refine((slot) => [0, 100].includes(slot.deployments.reduce((sum, each) => sum + each.weight, 0)), {
    path: ['deployments'],
    error: 'weights must sum to 100 or 0',
  })
  .refine((slot) => new Set(slot.deployments.map((each) => each.deploymentId)).size === slot.deployments.length, {
    path: ['deployments'],
    error: 'a deploymentId appears twice',
  });
export type SlotDesired = z.infer<typeof slotDesired>;

export const slotAccepted = z.object({ generation: z.int(), url: z.string(), metricsUrl: z.string() });
export type SlotAccepted = z.infer<typeof slotAccepted>;

export const deploymentFailureCode = z.enum([
  'artifact_unavailable',
  'artifact_missing',
  'artifact_invalid',
  'digest_mismatch',
  'disk_full',
  'not_started',
  'exited',
  'nothing_on_port',
  'wrong_port',
  'unhealthy',
]);
export type DeploymentFailureCode = z.infer<typeof deploymentFailureCode>;

export const deploymentFailure = z.object({
  code: deploymentFailureCode,
  message: z.string(),
  /** At most ten. */
  lastLines: z.array(z.string()),
});
export type DeploymentFailure = z.infer<typeof deploymentFailure>;

export const deploymentStatus = z.enum(['fetching', 'starting', 'ready', 'failed', 'draining']);
export type DeploymentStatus = z.infer<typeof deploymentStatus>;

export const deploymentObserved = z.object({
  deploymentId: z.string(),
  version: z.string(),
  slotVersion: z.int(),
  digest: z.string(),
  /** Share of new requests in percent that it gets now. */
  weight: z.number(),
  status: deploymentStatus,
  readyReplicas: z.int(),
  restarts: z.int(),
  /** Kept until it is ready; the host goes on trying. */
  failure: deploymentFailure.optional(),
});
export type DeploymentObserved = z.infer<typeof deploymentObserved>;

export const slotObserved = z.object({
  generation: z.int(),
  url: z.string(),
  metricsUrl: z.string(),
  /** New with every start of the host. */
  epoch: z.string(),
  deployments: z.array(deploymentObserved),
});
export type SlotObserved = z.infer<typeof slotObserved>;

export const deploymentMetrics = z.object({
  version: z.string(),
  slotVersion: z.int(),
  /** Processes that could serve now; absent: it is to run no more, or an older host. */
  ready: z.int().optional(),
  /**
   * How often each of its processes has ended by itself, once ready; an older host tells only that of the one that did
   * so most often. Absent where `ready` is.
   */
  exits: z.union([z.array(z.int()), z.int()]).optional(),
  requests: z.int(),
  /** Answers 5xx and failed connections. */
  errors: z.int(),
  latency: z.object({
    /** Upper bounds in milliseconds, each about 10 % above the one before; the last, null, has no bound. */
    bucketsMs: z.array(z.number().nullable()),
    counts: z.array(z.int()),
  }),
});
export type DeploymentMetrics = z.infer<typeof deploymentMetrics>;

/** Cumulative since `epoch`; a new epoch starts from zero. */
export const slotMetrics = z.object({
  epoch: z.string(),
  at: z.iso.datetime(),
  deployments: z.record(z.string(), deploymentMetrics),
});
export type SlotMetrics = z.infer<typeof slotMetrics>;
