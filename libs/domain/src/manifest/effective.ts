import { z } from 'zod';
import type { ManifestEnvironment } from './environment.js';
import type { Manifest } from './manifest.js';
import type { AnalysisMetric, CanaryStep } from './rollout.js';

export type Require = 'all' | 'optional' | { minimum: number };
export interface ApprovalRule {
  team: string;
  required: number;
}
export interface Suite {
  name: string;
  /** Absent for the built-in `smoke` suite: 20 GETs of the health path. */
  run?: string[];
  /** In place of `run`: the event source that reports what a tool outside has found. */
  executor?: { event: string };
  env: Record<string, string>;
  junit?: string;
  timeout: string;
}
export interface AnalysisConfig {
  judge: 'sequential';
  alpha: number;
  beta: number;
  interval: string;
  metrics: AnalysisMetric[];
  onInconclusive: 'pause' | 'promote_flagged' | 'roll_back';
  onSilence: 'pause' | 'roll_back';
}
export interface EffectiveEnvironment {
  tier: 'production' | 'staging';
  target: 'process';
  config: Record<string, string | { secretRef: string }>;
  replicas: number;
  soak: string;
  approvals: ApprovalRule[];
  approvalTimeout: string;
  suites: Suite[];
  strategy: { canary: { steps: CanaryStep[] } } | { recreate: Record<string, never> };
  progressDeadline: string;
  analysis: AnalysisConfig;
  watch: { bake: string; onFailure: 'roll_back' | 'alert' };
}

/** A definition with every default filled in; durations are ISO 8601. What a release keeps as its snapshot. */
export interface EffectiveManifest {
  apiVersion: 'signalbox/v1';
  name: string;
  repository: { url?: string; branch?: string; path: string };
  version: {
    source: 'conventional-commits' | 'tag' | 'manual';
    initial: string;
    tagFormat: string;
    paths: string[];
    fallback: 'none' | 'patch';
    createTag: boolean;
  };
  lifecycle: { phase: string; environments: string[]; require: Require }[];
  build: {
    executor: 'runner';
    /** Absent: decided at the checkout, see `defaultBuildSteps`. */
    steps?: { run: string[]; env: Record<string, string>; timeout: string }[];
    outputs: string[];
    junit?: string;
  };
  runtime: { command: string[]; healthCheckPath: string; startTimeout: string; stopTimeout: string };
  environments: Record<string, EffectiveEnvironment>;
  policies: { name: 'tests-passed'; min: number }[];
  feedback: { window: string };
}

/** Travels inside our own events, written only by `effective`: its shape was checked when it was made. */
export const effectiveManifest = z
  .custom<EffectiveManifest>(
    (value) => typeof value === 'object' && value !== null && 'lifecycle' in value && 'runtime' in value,
    'an effective definition',
  )
  .meta({ type: 'object', title: 'effective definition', required: ['lifecycle', 'runtime'] });

const stepTimeout = 'PT10M';
const defaultLifecycle: { phase: string; environments: string[]; require?: Require }[] = ['staging', 'production'].map(
  (name) => ({ phase: name, environments: [name] }),
);

/** The build of an application that declares no steps but has a package-lock.json. */
export const defaultBuildSteps = [
  { run: ['npm', 'ci'], env: {}, timeout: stepTimeout },
  { run: ['npm', 'run', 'build', '--if-present'], env: {}, timeout: stepTimeout },
];

const defaultMetrics: AnalysisMetric[] = [
  { name: 'request-success-rate', thresholdRange: { min: 0.99 }, tolerance: 1.5, dryRun: false },
  { name: 'request-duration', quantile: 0.99, thresholdRange: { max: 'PT0.5S' }, slack: 'PT0.025S', dryRun: false },
];

/** Adds every default of the manifest table. Pure: the same manifest gives the same snapshot. */
export function effective(from: Manifest): EffectiveManifest {
  const lifecycle = (from.lifecycle ?? defaultLifecycle).map((phase) => ({
    ...phase,
    require: phase.require ?? 'all',
  }));
  const names = new Set([...lifecycle.flatMap((phase) => phase.environments), ...Object.keys(from.environments ?? {})]);
  const path = from.repository?.path ?? '.';
  return {
    apiVersion: 'signalbox/v1',
    name: from.name,
    repository: { ...from.repository, path },
    version: effectiveVersion(from, path),
    lifecycle,
    build: {
      executor: 'runner',
      ...(from.build?.steps && {
        steps: from.build.steps.map((step) => ({
          run: step.run,
          env: step.env ?? {},
          timeout: step.timeout ?? stepTimeout,
        })),
      }),
      outputs: from.build?.outputs ?? ['**'],
      ...(from.build?.junit && { junit: from.build.junit }),
    },
    runtime: {
      command: from.runtime.command,
      healthCheckPath: from.runtime.healthCheckPath ?? '/',
      startTimeout: from.runtime.startTimeout ?? 'PT30S',
      stopTimeout: from.runtime.stopTimeout ?? 'PT10S',
    },
    environments: Object.fromEntries(
      [...names].map((name) => [name, effectiveEnvironment(name, from.environments?.[name] ?? {})]),
    ),
    policies: (from.policies ?? [{ name: 'tests-passed' as const }]).map((policy) => ({
      ...policy,
      min: policy.min ?? 1,
    })),
    feedback: { window: from.feedback?.window ?? 'P14D' },
  };
}

function effectiveVersion(from: Manifest, path: string): EffectiveManifest['version'] {
  return {
    source: from.version?.source ?? 'conventional-commits',
    initial: from.version?.initial ?? '1.0.0',
    tagFormat: from.version?.tagFormat ?? (path === '.' ? 'v${version}' : `${from.name}-v\${version}`),
    paths: from.version?.paths ?? (path === '.' ? ['**'] : [`${path}/**`]),
    fallback: from.version?.fallback ?? 'none',
    createTag: from.version?.createTag ?? false,
  };
}

function effectiveEnvironment(name: string, from: ManifestEnvironment): EffectiveEnvironment {
  const tier = from.tier ?? (name === 'production' ? 'production' : 'staging');
  const production = tier === 'production';
  return {
    tier,
    target: 'process',
    config: from.config ?? {},
    replicas: from.replicas ?? 1,
    soak: from.soak ?? 'PT0S',
    approvals: from.approvals ?? [],
    approvalTimeout: from.approvalTimeout ?? 'PT72H',
    suites: (from.suites ?? (production ? [] : [{ name: 'smoke' }])).map((suite) => ({
      ...suite,
      env: 'env' in suite ? (suite.env ?? {}) : {},
      timeout: 'timeout' in suite ? (suite.timeout ?? stepTimeout) : stepTimeout,
    })),
    strategy: effectiveStrategy(from.strategy, production),
    progressDeadline: from.progressDeadline ?? 'PT10M',
    analysis: {
      judge: 'sequential',
      alpha: from.analysis?.alpha ?? 0.01,
      beta: from.analysis?.beta ?? 0.05,
      interval: from.analysis?.interval ?? 'PT10S',
      metrics: from.analysis?.metrics ?? defaultMetrics,
      onInconclusive: from.analysis?.onInconclusive ?? 'pause',
      onSilence: from.analysis?.onSilence ?? 'roll_back',
    },
    watch: {
      bake: from.watch?.bake ?? (production ? 'PT15M' : 'PT0S'),
      onFailure: from.watch?.onFailure ?? 'roll_back',
    },
  };
}

function effectiveStrategy(
  from: ManifestEnvironment['strategy'],
  production: boolean,
): EffectiveEnvironment['strategy'] {
  if (from !== undefined) return from === 'recreate' ? { recreate: {} } : from;
  if (!production) return { recreate: {} };
  const analysis = { duration: 'PT5M' };
  return { canary: { steps: [{ setWeight: 10 }, { analysis }, { setWeight: 50 }, { analysis }] } };
}
