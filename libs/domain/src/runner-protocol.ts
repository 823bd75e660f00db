import { z } from 'zod';
import { digest } from './artifact.js';
import { outcome } from './stage.js';

/** What the build-coordinator and its runners say to each other over HTTP. */
const checkout = {
  application: z.string(),
  version: z.string(),
  commit: z.string(),
  /** `path`: the folder inside the repository where commands run. */
  repository: z.object({ location: z.string(), path: z.string() }),
};
const argv = z.array(z.string()).min(1);
const env = z.record(z.string(), z.string());

export const buildStep = z.object({ run: argv, env, timeoutMs: z.number() });
export type BuildStep = z.infer<typeof buildStep>;

export const buildTask = z.object({
  kind: z.literal('build'),
  ...checkout,
  /** Absent: the runner takes `defaultBuildSteps` if there is a package-lock.json. */
  steps: z.array(buildStep).optional(),
  outputs: z.array(z.string()),
  junit: z.string().optional(),
});
export type BuildTask = z.infer<typeof buildTask>;

export const testTask = z.object({
  kind: z.literal('test'),
  ...checkout,
  suite: z.object({
    name: z.string(),
    /** Absent: the built-in smoke suite. */
    run: argv.optional(),
    env,
    junit: z.string().optional(),
    timeoutMs: z.number(),
  }),
  target: z.object({
    url: z.string(),
    healthCheckPath: z.string(),
    version: z.string(),
    slotVersion: z.number().int(),
  }),
});
export type TestTask = z.infer<typeof testTask>;

export const taskSpec = z.discriminatedUnion('kind', [buildTask, testTask]);
export type TaskSpec = z.infer<typeof taskSpec>;

/** A runner that looks for work; the answer is a lease, or 204 when `waitMs` has passed without any. */
export const leaseRequest = z.strictObject({
  runner: z.string().min(1).max(100),
  labels: z.array(z.string().max(100)).max(50).default([]),
  /** Of its build. */
  version: z.string().max(100).default('unknown'),
  waitMs: z.number().int().min(0).max(20_000).default(20_000),
});
export type LeaseRequest = z.input<typeof leaseRequest>;

export const lease = z.object({
  leaseId: z.string(),
  taskId: z.string(),
  /** Good for this task only, until the lease ends; never in a step's environment. */
  taskToken: z.string(),
  fencingToken: z.number().int(),
  heartbeatMs: z.number(),
  spec: taskSpec,
  /** Of the release (W3C); what the runner says of the task carries it. */
  traceparent: z.string().optional(),
});
export type Lease = z.infer<typeof lease>;

export const heartbeatAnswer = z.object({ cancel: z.string().optional() });
export type HeartbeatAnswer = z.infer<typeof heartbeatAnswer>;

export const logChunk = z.strictObject({ text: z.string().max(262_144) });

export const uploadRequest = z.strictObject({ digest });
/** `url`: where to PUT the bytes; absent when the store has them already. */
export const uploadAnswer = z.object({ url: z.string().optional() });

const storedBytes = z.object({ digest, sizeBytes: z.number().int().min(0) });

export const taskResult = z.strictObject({
  fencingToken: z.number().int(),
  outcome,
  /** A stable word: `wrong_version`, `repository_unreadable`, `runner_stopped`, … */
  reason: z.string().max(100).optional(),
  detail: z.string().max(2_000).optional(),
  exitCode: z.number().int().optional(),
  artifact: storedBytes.optional(),
  reportDigest: digest.optional(),
});
export type TaskResult = z.infer<typeof taskResult>;
