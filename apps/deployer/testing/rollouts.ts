import { createHash } from 'node:crypto';
import { effective, manifest } from '@signalbox/domain';
import type {
  CanaryStep,
  DeploymentObserved,
  EffectiveManifest,
  Judgement,
  Running,
  StageRequest,
} from '@signalbox/domain';
import { newDeployment } from '../src/deployment/deployment.js';
import type { Deployment } from '../src/deployment/deployment.js';
import type { Facts } from '../src/deployment/facts.js';

export const start = new Date('2026-11-23T12:00:00.000Z');
export const later = (seconds: number): Date => new Date(start.getTime() + seconds * 1_000);
export const defaultSteps = [{ setWeight: 20 }, { analysis: { duration: '60s' } }, { setWeight: 50 }];

export function aDefinition(
  production: Record<string, unknown> = {},
  runtime: Record<string, unknown> = {},
): EffectiveManifest {
  return effective(
    manifest.parse({
      apiVersion: 'signalbox/v1',
      name: 'shop',
      runtime: { command: ['node', 'application.mjs'], healthCheckPath: '/healthz', ...runtime },
      environments: { production },
    }),
  );
}

export const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

export function aRunning(version: string): Running {
  const releaseId = `rel_${version}`;
  return { releaseId, version, digest: digestOf(version), purl: 'p', deploymentId: `dep_${version}`, slotVersion: 1 };
}

export interface Asked {
  version?: string;
  production?: Record<string, unknown>;
  steps?: object[];
  expectedCurrent?: Running | undefined;
  mode?: 'forward' | 'rollback';
}

export function aRequest({
  version = '1.1.0',
  production = {},
  steps = defaultSteps,
  mode = 'forward',
  ...more
}: Asked = {}): StageRequest {
  const expectedCurrent = 'expectedCurrent' in more ? more.expectedCurrent : aRunning('1.0.0');
  return {
    releaseId: `rel_${version}`,
    application: 'shop',
    team: 'shop',
    version,
    stage: 'deploy-production',
    kind: 'deploy',
    environment: 'production',
    attempt: 1,
    commit: 'c',
    repository: { location: '/shop', path: '.' },
    definition: aDefinition({ strategy: { canary: { steps } }, ...production }),
    artifact: { digest: digestOf(version), purl: 'p', sizeBytes: 1 },
    deploy: { mode, slotVersion: 2, ...(expectedCurrent && { expectedCurrent }) },
    startBy: later(60).toISOString(),
    silentAfter: 'PT120S',
  };
}

export function aDeployment(asked: Asked = {}, more: Partial<Deployment> = {}): Deployment {
  const request = aRequest(asked);
  const { releaseId, stage, attempt } = request;
  return { ...newDeployment(request, { releaseId, stage, attempt, requestEventId: 'e' }, start), ...more };
}

/** A canary at one of its steps. */
export function aCanary(steps: CanaryStep[] | object[], step: number, more: Partial<Deployment> = {}): Deployment {
  const stepSince = start.toISOString();
  return aDeployment({ steps }, { status: 'stepping', step, stepSince, weight: 20, exposed: true, ...more });
}

export function facts(more: Partial<Facts> = {}): Facts {
  return {
    now: start,
    isPut: true,
    observed: undefined,
    hasLooked: true,
    gates: [],
    areGatesKnown: true,
    missingSecrets: [],
    current: aRunning('1.0.0'),
    isOccupied: false,
    hearsSince: start,
    ...more,
  };
}

export function seen(more: Partial<DeploymentObserved> = {}): DeploymentObserved {
  return {
    deploymentId: 'd',
    version: '1.1.0',
    slotVersion: 2,
    digest: digestOf('1.1.0'),
    weight: 0,
    status: 'ready',
    readyReplicas: 1,
    restarts: 0,
    ...more,
  };
}

export function aJudgement(number: number, verdict: Judgement['verdict'], step = 0): Judgement {
  return {
    analysisId: 'ana',
    releaseId: 'rel_1.1.0',
    number,
    step,
    verdict,
    canary: { requests: 37, failed: 0 },
    needed: 376,
    summary: `37 of 376 requests (${verdict})`,
    metrics: [],
  };
}

export function judged(number: number, verdict: Judgement['verdict'], step = 0, at = start): Partial<Deployment> {
  return {
    analysis: {
      id: 'ana',
      requestedAt: start.toISOString(),
      last: { ...aJudgement(number, verdict, step), at: at.toISOString() },
    },
  };
}
