import { z } from 'zod';
import { customEvent, standardEvent, topics } from '../event.js';
import { effectiveManifest } from '../manifest/effective.js';
import { outcome } from '../stage.js';

const topic = topics.build;
const ours = z.object({
  releaseId: z.string(),
  application: z.string(),
  version: z.string(),
  buildId: z.string(),
  attempt: z.number().int(),
});

export const buildQueued = standardEvent(topic, 'build.queued', z.object({}), ours);
export const buildStarted = standardEvent(topic, 'build.started', z.object({}), ours);
export const buildFinished = standardEvent(
  topic,
  'build.finished',
  z.object({ artifactId: z.string().optional() }),
  ours.extend({ outcome, detail: z.string().optional() }),
);
export const artifactPackaged = standardEvent(
  topic,
  'artifact.packaged',
  z.object({ change: z.object({ id: z.string() }) }),
  ours.extend({ digest: z.string(), sizeBytes: z.number() }),
);
export const artifactPublished = standardEvent(
  topic,
  'artifact.published',
  z.object({}),
  ours.extend({ digest: z.string(), sizeBytes: z.number() }),
);

/** Answers the test-orchestrator's `task.requested`. */
export const taskFinished = customEvent(
  topic,
  'task.finished',
  z.object({
    taskId: z.string(),
    requestedBy: z.string(),
    releaseId: z.string(),
    outcome,
    reason: z.string().optional(),
    detail: z.string().optional(),
    exitCode: z.number().int().optional(),
    /** Digest of the JUnit report in the store. */
    reportDigest: z.string().optional(),
    lastLines: z.array(z.string()).default([]),
  }),
);
/** A task moved to a runner, or waits for one. */
export const taskProgressed = customEvent(
  topic,
  'task.progressed',
  z.object({
    taskId: z.string(),
    releaseId: z.string(),
    state: z.enum(['waiting_for_runner', 'running']),
    /** It waits because none is online, not because all are busy. */
    noRunner: z.boolean().optional(),
    detail: z.string().optional(),
  }),
);

const testTopic = topics.test;
/** Asks the runner pool for a test task; the build-coordinator alone owns leases. */
export const taskRequested = customEvent(
  testTopic,
  'task.requested',
  z.object({
    taskId: z.string(),
    requestedBy: z.string(),
    releaseId: z.string(),
    application: z.string(),
    team: z.string(),
    version: z.string(),
    commit: z.string(),
    repository: z.object({ location: z.string(), path: z.string() }),
    definition: effectiveManifest,
    suite: z.object({
      name: z.string(),
      run: z.array(z.string()).optional(),
      env: z.record(z.string(), z.string()),
      junit: z.string().optional(),
      timeoutMs: z.number(),
    }),
    target: z.object({
      url: z.string(),
      healthCheckPath: z.string(),
      version: z.string(),
      slotVersion: z.number().int(),
    }),
  }),
);
export const taskCancelled = customEvent(
  testTopic,
  'task.cancelled',
  z.object({ taskId: z.string(), releaseId: z.string(), reason: z.string() }),
);
