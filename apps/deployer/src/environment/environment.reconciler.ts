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

/**
 * Brings the target to what an environment should run, and its rollouts a step further. The intent is committed
 * before each call and the observation after it; a crash in between repeats the call.
 */
export class EnvironmentReconciler {
  constructor(private readonly parts: ReconcilerParts) {}

  due(): Promise<string[]> {
    return this.parts.environments.due();
  }

  async reconcile(id: string): Promise<void> {
    const { environments, deployments } = this.parts;
    await environments.looked(id, driftCheckMs);
    await deployments.advance(id, undefined);
    const { state } = await environments.getById(id);
    const putGeneration = state.putGeneration < state.generation ? await this.traced(state) : state.putGeneration;
    const observed = await this.counted(this.parts.target.observe(state));
    if (hasDrifted(state, putGeneration, observed)) {
      this.parts.logger.warn(
        { environment: id, generation: observed?.generation },
        'the target has another state than it should: put again',
      );
      await environments.putAgain(id, observed?.generation ?? 0);
      return;
    }
    await deployments.advance(id, observed);
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
