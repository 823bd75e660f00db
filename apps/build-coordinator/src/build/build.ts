import {
  artifactPackaged,
  artifactPublished,
  artifactPurl,
  buildFinished,
  buildQueued,
  buildStarted,
  draft,
  outcomes,
  stageEnded,
  stageStarted,
  topics,
} from '@signalbox/domain';
import type { Artifact, Decision, EventDraft, Outcome, StageAttempt, StageOutputs } from '@signalbox/domain';
import type { Evaluated } from '../policy/tests-passed.js';
import type { Findings } from '../task/findings.js';

export const buildStatuses = ['queued', 'running', ...outcomes] as const;

/** One attempt at turning a commit into an artifact. */
export interface Build {
  id: string;
  releaseId: string;
  application: string;
  team: string;
  version: string;
  commit: string;
  of: StageAttempt;
  taskId: string;
  /** Where the build's own tests leave their report, if that is declared. */
  junit?: string;
  /** The share of tests that must pass; absent: there is no such policy. */
  minPassed?: number;
  status: (typeof buildStatuses)[number];
  queuedAt: string;
  startedAt?: string;
  endedAt?: string;
  reason?: string;
  detail?: string;
  artifact?: Artifact;
  tests?: NonNullable<StageOutputs['tests']>;
}

interface Verdict {
  outcome: Outcome;
  reason?: string;
  detail?: string;
}

const shownFailures = 10;

export function queued(build: Build): EventDraft[] {
  return [
    draft(buildQueued, { ...about(build), content: {}, customData: oursOf(build) }),
    stageStarted(topics.build, build.of),
  ];
}

export function begin(build: Build, now: Date): Decision<Build> {
  if (build.status !== 'queued') return { next: build, events: [] };
  return {
    next: { ...build, status: 'running', startedAt: now.toISOString() },
    events: [draft(buildStarted, { ...about(build), content: {}, customData: oursOf(build) })],
  };
}

/** @param evaluated what the policy tests-passed says; undefined where nothing could be said */
export function finish(build: Build, findings: Findings, evaluated: Evaluated | undefined, now: Date): Decision<Build> {
  if (build.endedAt) return { next: build, events: [] };
  const { outcome, reason, detail } = verdictOn(findings, evaluated);
  const artifact = outcome === 'succeeded' ? artifactOf(build, findings) : undefined;
  const tests = testsOf(findings);
  const next: Build = {
    ...build,
    status: outcome,
    endedAt: now.toISOString(),
    ...(reason && { reason }),
    ...(detail && { detail }),
    ...(artifact && { artifact }),
    ...(tests && { tests }),
  };
  const outputs: StageOutputs = {
    ...(artifact && { artifact }),
    ...(tests && { tests }),
    ...(outcome !== 'succeeded' && { lastLines: findings.lastLines }),
    evidence: { buildId: build.id, taskId: build.taskId, ...(evaluated && { 'tests-passed': evaluated }) },
  };
  return {
    next,
    events: [
      ...(artifact ? artifactEvents(build, artifact) : []),
      finishedEvent(build, artifact, { outcome, ...(detail && { detail }) }),
      stageEnded(topics.build, build.of, { outcome, ...(reason && { reason }), ...(detail && { detail }), outputs }),
    ],
  };
}

function verdictOn({ result, isArtifactStored }: Findings, evaluated: Evaluated | undefined): Verdict {
  const { outcome, reason, detail } = result;
  if (outcome !== 'succeeded') return { outcome, ...(reason && { reason }), ...(detail && { detail }) };
  if (evaluated?.result === 'failed') return { outcome: 'failed', reason: 'tests_failed', detail: evaluated.detail };
  if (isArtifactStored) return { outcome };
  return { outcome: 'errored', reason: 'artifact_missing', detail: 'the artifact did not arrive in the store' };
}

function artifactOf(build: Build, { result }: Findings): Artifact | undefined {
  if (!result.artifact) return undefined;
  const { digest, sizeBytes } = result.artifact;
  return { digest, sizeBytes, purl: artifactPurl(build.application, build.version, digest) };
}

function testsOf({ report }: Findings): Build['tests'] {
  if (!report || !('report' in report)) return undefined;
  const { passed, failed, skipped, cases } = report.report;
  const failures = cases
    .filter((found) => found.status === 'failed')
    .slice(0, shownFailures)
    .map(({ name, message = 'failed', place }) => ({ name, message, ...(place && { place }) }));
  return { passed, failed, skipped, failures };
}

function artifactEvents(build: Build, { digest, sizeBytes, purl }: Artifact): EventDraft[] {
  const customData = { ...oursOf(build), digest, sizeBytes };
  const of = { subject: purl, chainId: build.releaseId, customData };
  return [
    draft(artifactPackaged, { ...of, content: { change: { id: build.commit } } }),
    draft(artifactPublished, { ...of, content: {} }),
  ];
}

function finishedEvent(
  build: Build,
  artifact: Artifact | undefined,
  verdict: { outcome: Outcome; detail?: string },
): EventDraft {
  return draft(buildFinished, {
    ...about(build),
    content: artifact ? { artifactId: artifact.purl } : {},
    customData: { ...oursOf(build), ...verdict },
  });
}

function about(build: Build): { subject: string; chainId: string } {
  return { subject: build.id, chainId: build.releaseId };
}

function oursOf({ releaseId, application, version, id, of }: Build) {
  return { releaseId, application, version, buildId: id, attempt: of.attempt };
}
