import { canonicalJson } from '@signalbox/domain';
import type { DeploymentDesired, DeploymentStatus, SlotDesired } from '@signalbox/domain';

/** What the plan needs to know of a deployment that runs or tries to. */
export interface Running {
  /** Names this very set of processes; a deployment whose launch changed is a new instance. */
  instanceId: string;
  deploymentId: string;
  launch: string;
  /** The weight it had when it was last desired. */
  weight: number;
  status: DeploymentStatus;
  readyReplicas: number;
}

export interface Plan {
  start: DeploymentDesired[];
  /** Instance ids. */
  drain: string[];
}

export type Answer = 'apply' | 'unchanged' | 'stale_generation' | 'generation_reused';

/** Whether a desired state may replace the present one. */
export function answerTo(present: SlotDesired | undefined, next: SlotDesired): Answer {
  if (present === undefined || next.generation > present.generation) return 'apply';
  if (next.generation < present.generation) return 'stale_generation';
  return canonicalJson(present) === canonicalJson(next) ? 'unchanged' : 'generation_reused';
}

/** Equal for two deployments exactly if the processes of one can serve as the other's. */
export function launchOf(desired: DeploymentDesired): string {
  const { weight: _weight, slotVersion: _slotVersion, artifactUrl: _artifactUrl, ...launch } = desired;
  return canonicalJson(launch);
}

/**
 * Starts what is missing. What is no longer desired is kept until all that shall have traffic is ready: a replacement
 * that does not start never takes its predecessor away.
 */
export function planSlot(desired: readonly DeploymentDesired[], running: readonly Running[]): Plan {
  const start = desired.filter((each) => instanceOf(each, running) === undefined);
  const isSettled = desired.every((each) => each.weight === 0 || instanceOf(each, running)?.status === 'ready');
  return { start, drain: isSettled ? undesired(desired, running).map((each) => each.instanceId) : [] };
}

/**
 * Weights of the instances that can take requests, by instance id. The share of what is not ready goes to predecessors
 * that are still there, else to the other deployments.
 */
export function weightsOf(desired: readonly DeploymentDesired[], running: readonly Running[]): Map<string, number> {
  const weights = new Map<string, number>();
  let missing = 0;
  for (const each of desired) {
    const instance = instanceOf(each, running);
    if (instance && instance.readyReplicas > 0) weights.set(instance.instanceId, each.weight);
    else missing += each.weight;
  }
  const predecessors = undesired(desired, running).filter((each) => each.readyReplicas > 0);
  const total = predecessors.reduce((sum, each) => sum + each.weight, 0);
  for (const each of predecessors) {
    const share = total === 0 ? 1 / predecessors.length : each.weight / total;
    weights.set(each.instanceId, missing * share);
  }
  return weights;
}

export function instanceOf<T extends Running>(desired: DeploymentDesired, running: readonly T[]): T | undefined {
  const launch = launchOf(desired);
  return running.find((each) => each.deploymentId === desired.deploymentId && each.launch === launch);
}

function undesired(desired: readonly DeploymentDesired[], running: readonly Running[]): Running[] {
  const wanted = new Set(desired.map((each) => instanceOf(each, running)?.instanceId));
  return running.filter((each) => !wanted.has(each.instanceId));
}
