import { z } from 'zod';
import { actor } from '../actor.js';
import { artifact } from '../artifact.js';
import { customEvent, standardEvent, topics } from '../event.js';
import { blocker, freeze, hold, override, quarantine } from '../gate.js';
import { effectiveManifest } from '../manifest/effective.js';
import { outcome, stageKinds, standardOutcome } from '../stage.js';

const topic = topics.planning;
const at = z.iso.datetime();

export const change = z.object({
  sha: z.string(),
  committedAt: at,
  type: z.string().optional(),
  subject: z.string(),
  breaking: z.boolean().optional(),
  authorEmail: z.string().optional(),
});
export type Change = z.infer<typeof change>;

const releaseRef = z.object({
  releaseId: z.string(),
  application: z.string(),
  version: z.string(),
  actor: actor.optional(),
});
const release = <T extends z.ZodRawShape>(shape: T) => z.object({ ...releaseRef.shape, ...shape });

export const releasePlanned = customEvent(
  topic,
  'release.planned',
  release({
    team: z.string(),
    commit: z.string(),
    channel: z.string(),
    planHash: z.string(),
    groups: z.array(z.object({ stages: z.array(z.string()) })),
    changes: z.array(change).max(500),
  }),
);
export const releaseStarted = customEvent(topic, 'release.started', release({}));
export const releaseHeld = customEvent(topic, 'release.held', release({ holdId: z.string(), message: z.string() }));
export const releaseResumed = customEvent(topic, 'release.resumed', release({ holdId: z.string() }));
export const releaseCompleted = customEvent(
  topic,
  'release.completed',
  release({ superseded: z.boolean().optional() }),
);
const ending = { cause: z.string(), detail: z.string().optional() };
export const releaseFailed = customEvent(topic, 'release.failed', release({ stage: z.string(), ...ending }));
export const releaseRolledBack = customEvent(
  topic,
  'release.rolledback',
  release({ environment: z.string(), target: z.string().optional(), exposed: z.boolean(), ...ending }),
);
export const releaseCancelled = customEvent(topic, 'release.cancelled', release(ending));

/** What is live in a slot after a deployment; planning's slot and later requests carry it. */
export const running = z.object({
  releaseId: z.string(),
  version: z.string(),
  digest: z.string(),
  purl: z.string(),
  deploymentId: z.string(),
  slotVersion: z.number().int(),
});
export type Running = z.infer<typeof running>;

/** Everything the executor needs; nothing may have to wait for another topic to start. */
export const stageRequest = z.object({
  releaseId: z.string(),
  application: z.string(),
  team: z.string(),
  version: z.string(),
  stage: z.string(),
  kind: z.enum(stageKinds),
  environment: z.string().optional(),
  attempt: z.number().int(),
  /** The person who had it tried again; absent: planning asks by itself. */
  retriedBy: actor.optional(),
  commit: z.string(),
  repository: z.object({ location: z.string(), path: z.string() }),
  definition: effectiveManifest,
  artifact: artifact.optional(),
  deploy: z
    .object({
      mode: z.enum(['forward', 'rollback']),
      slotVersion: z.number().int(),
      /** Refused when another is current by then: `skipped: overtaken`. */
      expectedCurrent: running.optional(),
      /** In mode `rollback`: the release whose artifact and configuration are restored. */
      targetReleaseId: z.string().optional(),
      reason: z.string().optional(),
    })
    .optional(),
  /** The live version that test and monitor stages look at. */
  target: z
    .object({ url: z.string(), metricsUrl: z.string(), current: running, previous: running.optional() })
    .optional(),
  startBy: at,
  /** ISO 8601: the executor is silent when nothing was heard for this long. */
  silentAfter: z.string(),
});
export type StageRequest = z.infer<typeof stageRequest>;

const stageRef = {
  releaseId: z.string(),
  application: z.string(),
  version: z.string(),
  stage: z.string(),
  attempt: z.number().int(),
};
export const stageRequested = customEvent(topic, 'stage.requested', stageRequest);
export const stageBlocked = customEvent(topic, 'stage.blocked', z.object({ ...stageRef, blockers: z.array(blocker) }));
export const stageCancelled = customEvent(
  topic,
  'stage.cancelled',
  z.object({ ...stageRef, kind: z.enum(stageKinds), reason: z.string() }),
);
export const stageFinished = customEvent(
  topic,
  'stage.finished',
  z.object({
    ...stageRef,
    outcome: z.enum([...outcome.options, 'skipped']),
    reason: z.string().optional(),
    detail: z.string().optional(),
  }),
);

const vote = {
  planHash: z.string(),
  stage: z.string(),
  team: z.string(),
  granted: z.number().int(),
  required: z.number().int(),
};
export const approvalGranted = customEvent(topic, 'approval.granted', release(vote));

/** A person's command for a rollout that waits or runs: the deployer carries it out. */
export const rolloutPromoted = customEvent(
  topic,
  'rollout.promoted',
  z.object({
    releaseId: z.string(),
    application: z.string(),
    environment: z.string(),
    attempt: z.number().int(),
    full: z.boolean(),
    /** The step it is for, from 0; absent: the one it finds. */
    step: z.number().int().optional(),
    reason: z.string(),
    actor,
    /** Teams of the person, for manual gates. */
    teams: z.array(z.string()),
  }),
);

/** The standard wants an absolute URI for a run; no address of ours is fixed, so a URN names the release. */
export function pipelineRunUri(releaseId: string): string {
  return `urn:signalbox:release:${releaseId}`;
}

const pipelineRun = z.object({ pipelineName: z.string(), uri: z.string() });
const pipelineCustom = z.object({ releaseId: z.string() });
export const pipelineRunStarted = standardEvent(topic, 'pipelinerun.started', pipelineRun, pipelineCustom);
export const pipelineRunFinished = standardEvent(
  topic,
  'pipelinerun.finished',
  pipelineRun.extend({ outcome: standardOutcome, errors: z.string().optional() }),
  pipelineCustom,
);

const reference = topics.reference;
export const applicationDefined = customEvent(
  reference,
  'application.defined',
  z.object({
    application: z.string(),
    team: z.string(),
    definitionVersion: z.number().int(),
    definition: effectiveManifest,
    removed: z.boolean().default(false),
  }),
);
export const windowDefined = customEvent(reference, 'window.defined', freeze);
export const overrideDefined = customEvent(reference, 'override.defined', override);
export const holdDefined = customEvent(reference, 'hold.defined', hold);
export const quarantineDefined = customEvent(reference, 'quarantine.defined', quarantine);
/** Who must approve releases into an environment, whichever application. */
export const protectionDefined = customEvent(
  reference,
  'protection.defined',
  z.object({
    environment: z.string(),
    approvals: z.array(z.object({ team: z.string(), required: z.number().int() })),
    changedBy: actor,
  }),
);
/** Heartbeat on the reference topic: a copy that has heard it has heard everything before it. */
export const planningAlive = customEvent(reference, 'planning.alive', z.object({ at }));
