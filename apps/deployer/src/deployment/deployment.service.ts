import { closedGates, stageKey } from '@signalbox/domain';
import type { EventOf, Judgement, rolloutPromoted, SlotObserved, StageAttempt, StageRequest } from '@signalbox/domain';
import type { Database } from '@signalbox/persistence';
import { environmentId, missingSecrets, runningOf, specOf } from '../environment/environment.js';
import type { Environment, RunSpec } from '../environment/environment.js';
import type { EnvironmentService } from '../environment/environment.service.js';
import type { EnvironmentStore } from '../environment/environment.store.js';
import type { ReferenceStore } from '../reference/reference.store.js';
import type { SecretPin } from '../secret/secret.js';
import type { SecretStore } from '../secret/secret.store.js';
import { carryOut } from './carry-out.js';
import { deploymentIdOf, newDeployment } from './deployment.js';
import type { Deployment } from './deployment.js';
import type { DeploymentStore } from './deployment.store.js';
import { takeBack } from './ending.js';
import type { Facts, Seen } from './facts.js';
import { report } from './report.js';
import { isPromotable, isRestored, judge, step } from './rollout.js';
import { waitingFor } from './waiting.js';

export interface DeploymentParts {
  database: Database;
  deployments: DeploymentStore;
  environmentStore: EnvironmentStore;
  environments: EnvironmentService;
  references: ReferenceStore;
  secrets: SecretStore;
  /** Since when everything on the log is heard; undefined: it is not now. */
  hearsSince: () => Date | undefined;
}

const aliveWithinMs = 60_000;
const none: Seen = { observed: undefined, hasLooked: false };

/** Rollouts: begun by planning's requests, moved by what the target and the monitor say. */
export class DeploymentService {
  constructor(private readonly parts: DeploymentParts) {}

  /** A redelivered request changes nothing. */
  async request(request: StageRequest, requestEventId: string): Promise<void> {
    const now = await this.parts.database.now();
    const { releaseId, stage, attempt } = request;
    const of: StageAttempt = { releaseId, stage, attempt, requestEventId };
    // A release keeps the team of its beginning, which may not be that of its application now.
    await this.parts.environments.reserve(request.application, request.team, request.environment ?? '', now);
    await this.parts.deployments.createOnce(newDeployment(request, of, now), []);
  }

  /** What is on its way is taken back; what has ended stays as it ended. */
  async cancel(releaseId: string, stage: string, attempt: number, reason: string): Promise<void> {
    const id = deploymentIdOf(releaseId, stage, attempt);
    if (!(await this.parts.deployments.find(id))) return;
    await this.move(id, none, (deployment, { now }) =>
      isRestored(deployment)
        ? deployment
        : takeBack(deployment, now, { outcome: 'cancelled', reason: 'cancelled', detail: reason }),
    );
  }

  /** Only the next judgement counts; a failed one acts at once, also in pauses. */
  async judged(judgement: Judgement): Promise<void> {
    const deployment = await this.parts.deployments.findAnalysed(judgement.analysisId);
    if (!deployment) return;
    await this.move(deployment.id, none, (current, facts) => {
      const heard = judge(current, judgement, facts.now);
      return heard === current ? current : step(heard, facts);
    });
  }

  async promote(wish: EventOf<typeof rolloutPromoted>['content']): Promise<void> {
    const id = deploymentIdOf(wish.releaseId, stageKey('deploy', wish.environment), wish.attempt);
    if (!(await this.parts.deployments.find(id))) return;
    const promotion = { by: wish.actor.principal, reason: wish.reason, full: wish.full, teams: wish.teams };
    await this.move(id, none, (current, facts) =>
      isPromotable(current, wish) ? step({ ...current, promotion }, facts) : current,
    );
  }

  /** Moves every rollout of an environment as far as it can go now. @param unreachedForMs nobody answers for so long */
  async advance(id: string, observed: SlotObserved | undefined, unreachedForMs?: number): Promise<void> {
    const { state } = await this.parts.environments.getById(id);
    for (const deployment of await this.parts.deployments.open(state.application, state.environment)) {
      const own = observed?.deployments.find(
        (entry) => entry.deploymentId === deployment.state.id && entry.status !== 'draining',
      );
      const seen = { observed: own, hasLooked: observed !== undefined };
      await this.move(deployment.state.id, unreachedForMs === undefined ? seen : { ...seen, unreachedForMs }, step);
    }
  }

  /** Of the release whose version is on its way into an environment, or came last. */
  async traceparent({ rollout, current }: Environment): Promise<string | undefined> {
    const spec = rollout?.spec ?? current;
    return spec && this.parts.deployments.traceparent(spec.deploymentId);
  }

  /** Opened only for the call that needs them. */
  async openSecrets(environment: Environment): Promise<Record<string, Record<string, string>>> {
    const specs = [environment.current, environment.rollout?.spec].filter(
      (spec): spec is RunSpec => spec !== undefined,
    );
    const opened = await Promise.all(specs.map((spec) => this.parts.secrets.open(environment, spec.secrets)));
    return Object.fromEntries(specs.map((spec, index) => [spec.deploymentId, opened[index] ?? {}]));
  }

  /** Decides with everything locked, changes what should run accordingly, and tells: one transaction. */
  private async move(
    id: string,
    seen: Seen,
    decide: (deployment: Deployment, facts: Facts) => Deployment,
  ): Promise<void> {
    const { database, deployments, environmentStore } = this.parts;
    await database.runWithRetry(async () => {
      await deployments.lock([id]);
      const { state } = await deployments.get(id);
      const place = environmentId(state.application, state.environment);
      await environmentStore.lock([place]);
      const environment = (await environmentStore.get(place)).state;
      const pins = await this.parts.secrets.pins(environment);
      const facts = await this.facts(state, environment, pins, seen);
      const decided = decide(state, facts);
      if (decided === state && state.status === 'ended') return;
      const after = carryOut(
        decided,
        environment,
        () => specOf(decided.running, decided.definition, decided.environment, pins),
        facts.now,
      );
      // Unchanged stays the stored object: the store then writes nothing.
      if (after !== environment) await environmentStore.change(place, () => ({ next: after, events: [] }));
      const { next, events } = report(state, decided, after, waitingFor(decided, facts), facts.now);
      if (next !== state || events.length > 0) await deployments.change(id, () => ({ next, events }));
    });
  }

  private async facts(
    deployment: Deployment,
    environment: Environment,
    pins: readonly SecretPin[],
    seen: Seen,
  ): Promise<Facts> {
    const { database, references, hearsSince } = this.parts;
    const now = await database.now();
    const { application, running, of } = deployment;
    const subject = {
      application,
      environment: deployment.environment,
      releaseId: of.releaseId,
      digest: running.digest,
    };
    const aliveAt = await references.planningAliveAt();
    const isFresh = aliveAt !== undefined && now.getTime() - aliveAt.getTime() < aliveWithinMs;
    return {
      ...seen,
      now,
      isPut: environment.putGeneration >= environment.generation,
      gates:
        deployment.mode === 'rollback' ? [] : closedGates(subject, await references.gates(deployment.application), now),
      areGatesKnown: deployment.mode === 'rollback' || (isFresh && hearsSince() !== undefined),
      missingSecrets: missingSecrets(deployment.definition, deployment.environment, pins),
      current: environment.current && runningOf(environment.current),
      isOccupied: environment.rollout !== undefined && environment.rollout.spec.deploymentId !== deployment.id,
      hearsSince: hearsSince(),
    };
  }
}
