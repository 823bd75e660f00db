import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import type { DeploymentObserved, SlotDesired } from '@signalbox/domain';
import type { ArtifactCache } from '../artifact/artifact-cache.js';
import type { ChildRecord } from '../process/leftovers.js';
import { forgetOldLogs, logPathOf } from '../process/old-logs.js';
import type { Router } from '../router/router.js';
import type { Target } from '../router/target.js';
import type { DeploymentTraffic, SlotTraffic } from '../router/traffic.js';
import { RunningDeployment } from './running-deployment.runtime.js';
import { instanceOf, planSlot, weightsOf } from './slot.js';
import type { SlotKey } from './slot.store.js';

export interface SlotContext {
  key: SlotKey;
  router: Router;
  traffic: SlotTraffic;
  artifacts: ArtifactCache;
  children: ChildRecord;
  workspaces: string;
  logs: string;
  baseEnvironment: Record<string, string>;
}

/** Moves one slot towards its desired state, at once and again with everything that changes. */
export class ActiveSlot {
  private running: RunningDeployment[] = [];
  private readonly draining = new Map<RunningDeployment, Promise<void>>();
  private targets = new Map<string, Target>();
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private isClosed = false;

  constructor(
    private desired: SlotDesired,
    private readonly context: SlotContext,
  ) {
    this.reconcile();
  }

  apply(desired: SlotDesired): void {
    this.desired = desired;
    this.reconcile();
  }

  get generation(): number {
    return this.desired.generation;
  }

  /** First what is desired, then what is on its way out. */
  observe(): DeploymentObserved[] {
    const desired = this.desired.deployments.map((each) => instanceOf(each, this.running));
    const others = this.running.filter((each) => !desired.includes(each));
    const total = [...this.targets.values()].reduce((sum, target) => sum + target.weight, 0);
    const share = (instance: RunningDeployment) => {
      const weight = this.targets.get(instance.instanceId)?.weight ?? 0;
      return weight === 0 ? 0 : Math.round((weight / total) * 10_000) / 100;
    };
    return [...desired, ...others, ...this.draining.keys()].flatMap((each) =>
      each ? describe(each, share(each)) : [],
    );
  }

  /** Every desired deployment is ready or has failed. */
  get isSettled(): boolean {
    return this.desired.deployments.every((each) => {
      const status = instanceOf(each, this.running)?.status;
      return status === 'ready' || status === 'failed';
    });
  }

  /** Waits until `holds`, at most `timeoutMs`. */
  async waitUntil(holds: () => boolean, timeoutMs: number): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs);
    while (!holds() && !signal.aborted) await once(this.changes, 'change', { signal }).catch(() => undefined);
  }

  lastLines(deploymentId: string | undefined, count: number): string[] {
    const known = [...this.running, ...this.draining.keys()];
    const chosen = known.filter((each) => deploymentId === undefined || each.deploymentId === deploymentId);
    return chosen.flatMap((each) => each.output.lastLines(count)).slice(-count);
  }

  get deployments(): readonly RunningDeployment[] {
    return this.running;
  }

  /** Lets open requests end, then stops all processes; the desired state stays for the next host. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.context.router.close(Math.max(0, ...this.running.map((each) => each.desired.stopTimeoutMs)));
    await Promise.all([...this.running.map((each) => each.drain()), ...this.draining.values()]);
  }

  private reconcile(): void {
    if (this.isClosed) return;
    const { deployments } = this.desired;
    const plan = planSlot(deployments, this.running);
    for (const each of plan.start) this.running.push(this.launch(each));
    for (const each of deployments) {
      const instance = instanceOf(each, this.running);
      if (instance) instance.desired = each;
    }
    const leaving = this.running.filter((each) => plan.drain.includes(each.instanceId));
    this.running = this.running.filter((each) => !leaving.includes(each));
    this.route();
    for (const each of leaving) this.drain(each);
    this.changes.emit('change');
  }

  private launch(desired: SlotDesired['deployments'][number]): RunningDeployment {
    const { key, workspaces, logs, baseEnvironment, artifacts, children, traffic } = this.context;
    const instanceId = randomUUID();
    // From its start on, so that one that never gets ready is seen not to be.
    traffic.of(desired.deploymentId, desired.version, desired.slotVersion);
    return new RunningDeployment(desired, {
      instanceId,
      directory: join(workspaces, instanceId),
      logPath: logPathOf(logs, key, desired.deploymentId),
      baseEnvironment,
      artifacts,
      children,
      changed: () => this.reconcile(),
    });
  }

  private drain(deployment: RunningDeployment): void {
    const drained = deployment.drain().finally(() => {
      this.draining.delete(deployment);
      this.changes.emit('change');
      void this.forgetOldLogs();
    });
    this.draining.set(deployment, drained);
  }

  /** Next time, if not now. */
  private async forgetOldLogs(): Promise<void> {
    const { logs, key } = this.context;
    const inUse = [...this.running, ...this.draining.keys()].map(({ deploymentId }) => deploymentId);
    await forgetOldLogs(logs, key, inUse).catch(() => undefined);
  }

  /** What has served and cannot now answers for who comes meanwhile; what has yet to start does not. */
  private absent(): DeploymentTraffic | undefined {
    const [heaviest] = this.desired.deployments
      .filter(({ weight }) => weight > 0)
      .flatMap((each) => instanceOf(each, this.running) ?? [])
      .filter(({ exits }) => exits.some((count) => count > 0))
      .toSorted((a, b) => b.weight - a.weight);
    if (!heaviest) return undefined;
    const { version, slotVersion } = heaviest.desired;
    return this.context.traffic.of(heaviest.deploymentId, version, slotVersion);
  }

  private route(): void {
    const weights = weightsOf(this.desired.deployments, this.running);
    const targets = new Map<string, Target>();
    for (const each of this.running) {
      const weight = weights.get(each.instanceId);
      if (weight === undefined) continue;
      const { version, slotVersion } = each.desired;
      const previous = this.targets.get(each.instanceId);
      targets.set(each.instanceId, {
        label: `${version}@${slotVersion}`,
        weight,
        endpoints: each.endpoints,
        traffic: this.context.traffic.of(each.deploymentId, version, slotVersion),
        current: previous?.current ?? 0,
        next: previous?.next ?? 0,
      });
    }
    this.targets = targets;
    this.context.router.route([...targets.values()], this.absent());
  }
}

function describe(deployment: RunningDeployment, weight: number): DeploymentObserved {
  const { deploymentId, version, slotVersion, digest } = deployment.desired;
  const { status, readyReplicas, restarts, failure } = deployment;
  return { deploymentId, version, slotVersion, digest, weight, status, readyReplicas, restarts, failure };
}
