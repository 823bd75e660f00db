import { durationMs, environmentCreated, draft } from '@signalbox/domain';
import type { Decision, DeploymentDesired, EffectiveManifest, Running, SlotDesired } from '@signalbox/domain';
import type { SecretPin } from '../secret/secret.js';

/** How a version is run: artifact and configuration as one unit, restored as one; secrets have their newest values. */
export interface RunSpec extends Running {
  command: string[];
  config: Record<string, string>;
  secrets: Record<string, SecretPin>;
  healthCheckPath: string;
  startTimeoutMs: number;
  stopTimeoutMs: number;
  replicas: number;
}

/** One application in one environment: what should run, and what was last put there. */
export interface Environment {
  id: string;
  application: string;
  environment: string;
  team: string;
  url?: string;
  metricsUrl?: string;
  /** Rises with every change of what should run; the host refuses a lower one. */
  generation: number;
  /** The newest generation the host has acknowledged. */
  putGeneration: number;
  current?: RunSpec;
  previous?: RunSpec;
  since?: string;
  deployedBy?: string;
  /** A version on its way in, with its share of the traffic. */
  rollout?: { spec: RunSpec; weight: number };
  /** When the reconciler is to look again. */
  dueAt: string;
}

export function environmentId(application: string, environment: string): string {
  return `${application}/${environment}`;
}

export function newEnvironment(application: string, environment: string, team: string, now: Date): Environment {
  const id = environmentId(application, environment);
  return { id, application, environment, team, generation: 1, putGeneration: 0, dueAt: now.toISOString() };
}

/** The whole desired state, derived from nothing but the environment. */
export function desiredOf(
  state: Environment,
  artifactUrl: (digest: string) => string,
  secretsOf: (spec: RunSpec) => Record<string, string>,
): SlotDesired {
  const { current, rollout } = state;
  const shares: [RunSpec, number][] = [];
  if (rollout) shares.push([rollout.spec, current ? rollout.weight : 100]);
  if (current && rollout?.weight !== 100) shares.push([current, rollout ? 100 - rollout.weight : 100]);
  const deployments = shares.map(([spec, weight]): DeploymentDesired => ({
    deploymentId: spec.deploymentId,
    version: spec.version,
    slotVersion: spec.slotVersion,
    digest: spec.digest,
    artifactUrl: artifactUrl(spec.digest),
    command: spec.command,
    config: spec.config,
    secrets: secretsOf(spec),
    healthCheckPath: spec.healthCheckPath,
    startTimeoutMs: spec.startTimeoutMs,
    stopTimeoutMs: spec.stopTimeoutMs,
    replicas: spec.replicas,
    weight,
  }));
  return { generation: state.generation, deployments };
}

/** Puts a version beside the current one, changes its share, or (at 100) in its place. */
export function withRollout(state: Environment, spec: RunSpec, weight: number, now: Date): Environment {
  const { rollout } = state;
  if (rollout?.spec.deploymentId === spec.deploymentId && rollout.weight === weight) return state;
  return changed({ ...state, rollout: { spec, weight } }, now);
}

/** Takes the version on its way in out again. */
export function withoutRollout(state: Environment, deploymentId: string, now: Date): Environment {
  const { rollout, ...rest } = state;
  return rollout?.spec.deploymentId === deploymentId ? changed(rest, now) : state;
}

/** The version on its way in has arrived: it is the current one. What should run stays the same. */
export function settled(state: Environment, deploymentId: string, by: string, now: Date): Environment {
  const { rollout, ...rest } = state;
  if (rollout?.spec.deploymentId !== deploymentId) return state;
  const previous = state.current ? { previous: state.current } : {};
  return { ...rest, current: rollout.spec, ...previous, since: now.toISOString(), deployedBy: by };
}

function changed(state: Environment, now: Date): Environment {
  return { ...state, generation: state.generation + 1, dueAt: now.toISOString() };
}

/** What the host has acknowledged; whenever that is news it also says where users reach the application. */
export function acknowledged(
  state: Environment,
  generation: number,
  url: string,
  metricsUrl: string,
): Decision<Environment> {
  const isNews = state.url !== url || state.metricsUrl !== metricsUrl;
  if (!isNews && state.putGeneration >= generation) return { next: state, events: [] };
  const next = { ...state, url, metricsUrl, putGeneration: Math.max(state.putGeneration, generation) };
  const { id, application, environment } = state;
  const told = draft(environmentCreated, {
    subject: id,
    key: `environment/${id}`,
    content: { name: environment, uri: url },
    customData: { application, environment, url },
  });
  return { next, events: isNews ? [told] : [] };
}

/** How a release's artifact is run in an environment, by its definition. */
export function specOf(
  running: Running,
  definition: EffectiveManifest,
  environment: string,
  pins: readonly SecretPin[],
): RunSpec {
  const settings = definition.environments[environment];
  const config: Record<string, string> = {};
  const secrets: Record<string, SecretPin> = {};
  for (const [variable, value] of Object.entries(settings?.config ?? {})) {
    const pin = typeof value === 'string' ? undefined : pins.find((known) => known.name === value.secretRef);
    if (typeof value === 'string') config[variable] = value;
    else if (pin) secrets[variable] = pin;
  }
  return {
    ...running,
    command: definition.runtime.command,
    config,
    secrets,
    healthCheckPath: definition.runtime.healthCheckPath,
    startTimeoutMs: durationMs(definition.runtime.startTimeout),
    stopTimeoutMs: durationMs(definition.runtime.stopTimeout),
    replicas: settings?.replicas ?? 1,
  };
}

/** Secrets the definition asks for that nobody has set. */
export function missingSecrets(
  definition: EffectiveManifest,
  environment: string,
  pins: readonly SecretPin[],
): string[] {
  const wanted = Object.values(definition.environments[environment]?.config ?? {});
  return wanted.flatMap((value) =>
    typeof value === 'string' || pins.some((pin) => pin.name === value.secretRef) ? [] : [value.secretRef],
  );
}

export function runningOf({ releaseId, version, digest, purl, deploymentId, slotVersion }: RunSpec): Running {
  return { releaseId, version, digest, purl, deploymentId, slotVersion };
}
