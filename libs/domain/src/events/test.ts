import { z } from 'zod';
import { customEvent, draft, standardEvent, topics } from '../event.js';
import type { EventDraft, Topic } from '../event.js';
import { standardOutcome } from '../stage.js';

const topic = topics.test;
const ours = z.object({ releaseId: z.string(), application: z.string(), version: z.string(), testRunId: z.string() });
const environment = z.object({ id: z.string() });

export const testSuiteRunQueued = standardEvent(
  topic,
  'testsuiterun.queued',
  z.object({ environment, testSuite: z.object({ id: z.string(), name: z.string().optional() }).optional() }),
  ours,
);
export const testSuiteRunStarted = standardEvent(
  topic,
  'testsuiterun.started',
  z.object({ environment, testSuite: z.object({ id: z.string(), name: z.string().optional() }).optional() }),
  ours,
);
export const testSuiteRunFinished = standardEvent(
  topic,
  'testsuiterun.finished',
  z.object({
    environment,
    outcome: standardOutcome,
    severity: z.enum(['low', 'medium', 'high', 'critical']).optional(),
    reason: z.string().optional(),
    testSuite: z.object({ id: z.string(), name: z.string().optional() }).optional(),
  }),
  ours.extend({ passed: z.number().int(), failed: z.number().int(), skipped: z.number().int() }),
);
export const testCaseRunFinished = standardEvent(
  topic,
  'testcaserun.finished',
  z.object({
    environment,
    outcome: standardOutcome,
    reason: z.string().optional(),
    testCase: z.object({ id: z.string(), name: z.string().optional() }).optional(),
    testSuiteRun: z.object({ id: z.string() }).optional(),
  }),
  ours.extend({ message: z.string(), place: z.string().optional() }),
);
export const gateEvaluated = customEvent(
  topic,
  'gate.evaluated',
  z.object({
    releaseId: z.string(),
    application: z.string(),
    version: z.string(),
    policy: z.string(),
    result: z.enum(['passed', 'failed', 'not_applicable']),
    inputs: z.record(z.string(), z.unknown()),
  }),
);

/** Drafts `gate.evaluated` on the topic of the service that evaluated: builds have policies of their own. */
export function gateEvaluation(topic: Topic, content: z.input<(typeof gateEvaluated)['content']>): EventDraft {
  const { releaseId, policy } = content;
  return draft({ ...gateEvaluated, topic }, { subject: `${releaseId}:${policy}`, chainId: releaseId, content });
}
