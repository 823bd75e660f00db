import { z } from 'zod';
import { artifact } from '../artifact.js';
import { customEvent, draft, standardEvent, topics } from '../event.js';
import type { EventContract, EventDraft, Topic } from '../event.js';
import { blocker } from '../gate.js';
import { cdOutcome, outcome, taskrunId } from '../stage.js';
import type { Outcome } from '../stage.js';
import { running } from './planning.js';

/** What stages hand on; every kind of stage fills its own part. */
export const stageOutputs = z.object({
  artifact: artifact.optional(),
  live: z
    .object({
      current: running,
      previous: running.optional(),
      url: z.string(),
      metricsUrl: z.string(),
      slotVersion: z.number().int(),
    })
    .optional(),
  tests: z
    .object({
      passed: z.number().int(),
      failed: z.number().int(),
      skipped: z.number().int().default(0),
      /** The first failing cases, with message and place. */
      failures: z.array(z.object({ name: z.string(), message: z.string(), place: z.string().optional() })).default([]),
    })
    .optional(),
  /** A deployment that was taken back: whether users had seen it, and what serves now. */
  rollback: z
    .object({ exposed: z.boolean(), target: z.string().optional(), durationMs: z.number().optional() })
    .optional(),
  verdict: z.string().optional(),
  flagged: z.string().optional(),
  /** Last lines of the log that explain a failure. */
  lastLines: z.array(z.string()).optional(),
  evidence: z.record(z.string(), z.unknown()).optional(),
});
export type StageOutputs = z.infer<typeof stageOutputs>;

export const taskrunCustom = z.object({
  releaseId: z.string(),
  stage: z.string(),
  attempt: z.number().int(),
  outcome: outcome.optional(),
  /** A stable word: `gate_closed`, `overtaken`, `lease_expired`, `tests_failed`, … */
  reason: z.string().optional(),
  detail: z.string().optional(),
  retryAfter: z.iso.datetime().optional(),
  blockers: z.array(blocker).optional(),
  outputs: stageOutputs.optional(),
});
export type StageResult = z.infer<typeof taskrunCustom> & { outcome: Outcome };

const taskrunContent = z.object({
  taskName: z.string().optional(),
  outcome: z.string().optional(),
  errors: z.string().optional(),
});
const openTaskrun = z.object({ taskName: z.string().optional() });

interface ExecutorContracts {
  started: EventContract<typeof openTaskrun, typeof taskrunCustom>;
  finished: EventContract<typeof taskrunContent, typeof taskrunCustom>;
}

/** `taskrun.*` has one wire type for every executor; only the topic differs. */
export const taskrunStarted = standardEvent(topics.build, 'taskrun.started', openTaskrun, taskrunCustom);
export const taskrunFinished = standardEvent(topics.build, 'taskrun.finished', taskrunContent, taskrunCustom);

function on(topic: Topic): ExecutorContracts {
  return { started: { ...taskrunStarted, topic }, finished: { ...taskrunFinished, topic } };
}

/** Which attempt of which stage an executor speaks of. */
export interface StageAttempt {
  releaseId: string;
  stage: string;
  attempt: number;
  /** The event id of the request, to which the answer links. */
  requestEventId: string;
}

const toRequest = (of: StageAttempt) => [
  { linkType: 'RELATION' as const, linkKind: 'TRIGGER', target: { contextId: of.requestEventId } },
];

/** Drafts `taskrun.started` on the executor's own topic. */
export function stageStarted(topic: Topic, of: StageAttempt): EventDraft {
  return draft(on(topic).started, {
    subject: taskrunId(of.releaseId, of.stage, of.attempt),
    chainId: of.releaseId,
    links: toRequest(of),
    content: { taskName: of.stage },
    customData: { releaseId: of.releaseId, stage: of.stage, attempt: of.attempt },
  });
}

/** Drafts `taskrun.finished`: the only event from which planning takes outcomes and outputs. */
export function stageEnded(
  topic: Topic,
  of: StageAttempt,
  result: Omit<StageResult, 'releaseId' | 'stage' | 'attempt'>,
): EventDraft {
  return draft(on(topic).finished, {
    subject: taskrunId(of.releaseId, of.stage, of.attempt),
    chainId: of.releaseId,
    links: toRequest(of),
    content: {
      taskName: of.stage,
      outcome: cdOutcome[result.outcome],
      ...(result.detail && { errors: result.detail }),
    },
    customData: { releaseId: of.releaseId, stage: of.stage, attempt: of.attempt, ...result },
  });
}

export const stageProgress = z.object({
  releaseId: z.string(),
  stage: z.string(),
  attempt: z.number().int(),
  /** One line for people: `50 %, 212 of 376 requests, 0 failed`. */
  summary: z.string().optional(),
  counts: z.record(z.string(), z.number()).optional(),
  /** Seconds matter: while paused, planning's clocks stop. */
  paused: z.boolean().optional(),
  waiting: z.array(blocker).default([]),
});
export const stageProgressed = customEvent(topics.build, 'stage.progressed', stageProgress);

/** Drafts `stage.progressed` on the executor's own topic; at most every 5 s, and when what it waits for changes. */
export function stageMoved(topic: Topic, progress: z.input<typeof stageProgress>): EventDraft {
  return draft(
    { ...stageProgressed, topic },
    {
      subject: taskrunId(progress.releaseId, progress.stage, progress.attempt),
      chainId: progress.releaseId,
      content: progress,
    },
  );
}
