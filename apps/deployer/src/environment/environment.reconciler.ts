import type { Logger } from '@signalbox/chassis';
import type { SlotObserved } from '@signalbox/domain';
import { withTraceparent } from '@signalbox/messaging';
import type { DeploymentService } from '../deployment/deployment.service.js';
import { StaleGenerationError } from '../target/target.js';
import type { Target } from '../target/target.js';
import type { Telemetry } from '../telemetry.js';
import { desiredOf } from './environment.js';
import type { Environment } from './environment.js';
import type { EnvironmentService } from './environment.service.js';

export interface ReconcilerParts {
  environments: EnvironmentService;
  deployments: DeploymentService;
  target: Target;
  artifactUrl(digest: string): string;
  logger: Logger;
  telemetry: Telemetry;
}

const driftCheckMs = 15_000;
/** Longer than a vain round and the pause after it. */
const unreachedGapMs = 60_000;

/**
 * Brings the target to what an environment should run, and its rollouts a step further. The intent is committed
 * before each call and the observation after it; a crash in between repeats the call.
 */
export class EnvironmentReconciler {
  private readonly unreached = new Map<string, { since: number; at: number }>();

  constructor(
    private readonly parts: ReconcilerParts,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  unsettled(): Promise<string[]> {
    return this.parts.environments.unsettled();
  }

  overdue(): Promise<string[]> {
    return this.parts.environments.overdue();
  }

  async reconcile(id: string): Promise<void> {
    const { environments, deployments } = this.parts;
    await environments.looked(id, driftCheckMs);
    await deployments.advance(id, undefined);
    const { state } = await environments.getById(id);
    const observed = await this.putAndObserve(state).catch(async (error: unknown) => {
      await deployments.advance(id, undefined, this.unreachedForMs(id));
      throw error;
    });
    if (!observed) return deployments.advance(id, undefined, this.unreachedForMs(id));
    this.unreached.delete(id);
    await deployments.advance(id, observed);
  }

  /** @returns nothing where the target had another state than it acknowledged: it is put again in the next round */
  private async putAndObserve(state: Environment): Promise<SlotObserved | undefined> {
    const putGeneration = state.putGeneration < state.generation ? await this.traced(state) : state.putGeneration;
    const observed = await this.counted(this.parts.target.observe(state));
    if (hasDrifted(state, putGeneration, observed)) {
      this.parts.logger.warn(
        { environment: state.id, generation: observed?.generation },
        'the target has another state than it should: put again',
      );
      await this.parts.environments.putAgain(state.id, observed?.generation ?? 0);
      return undefined;
    }
    if (observed && hasMoved(state, observed)) {
      await this.parts.environments.acknowledge(state.id, putGeneration, observed);
    }
    return observed;
  }

  /** Since the first vain round of this process; where another looked meanwhile, it begins anew. */
  private unreachedForMs(id: string): number {
    const at = this.nowMs();
    const last = this.unreached.get(id);
    const since = last && at - last.at < unreachedGapMs ? last.since : at;
    this.unreached.set(id, { since, at });
    return at - since;
  }

  private async counted<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      if (!(error instanceof StaleGenerationError)) this.parts.telemetry.targetFailed();
      throw error;
    }
  }

  /** The call belongs to the trace of the release whose rollout changed what should run. */
  private async traced(state: Environment): Promise<number> {
    const traceparent = await this.parts.deployments.traceparent(state);
    return traceparent === undefined ? this.put(state) : withTraceparent(traceparent, () => this.put(state));
  }

  /** @returns the generation that the target now has */
  private async put(state: Environment): Promise<number> {
    const { environments, target, artifactUrl, deployments } = this.parts;
    const secrets = await deployments.openSecrets(state);
    const desired = desiredOf(state, artifactUrl, (spec) => secrets[spec.deploymentId] ?? {});
    try {
      const accepted = await this.counted(target.put(state, desired));
      await environments.acknowledge(state.id, desired.generation, accepted);
      return desired.generation;
    } catch (error) {
      if (!(error instanceof StaleGenerationError)) throw error;
      // The target has seen a later state than our database remembers: a restored backup. Ours is what should run.
      const observed = await target.observe(state);
      await environments.putAgain(state.id, observed?.generation ?? 0);
      throw error;
    }
  }
}

function hasDrifted(state: Environment, putGeneration: number, observed: SlotObserved | undefined): boolean {
  if (observed === undefined) return putGeneration > 0;
  return observed.generation !== putGeneration && putGeneration >= state.generation;
}

/** A host whose ports another has taken while it was away serves at others. */
function hasMoved(state: Environment, observed: SlotObserved): boolean {
  return state.url !== observed.url || state.metricsUrl !== observed.metricsUrl;
}
