import { setTimeout as delay } from 'node:timers/promises';
import { comesTrue } from '@signalbox/domain';
import type { DeploymentDesired, DeploymentFailure, DeploymentStatus } from '@signalbox/domain';
import type { ArtifactCache } from '../artifact/artifact-cache.js';
import { asArtifactError } from '../artifact/artifact-error.js';
import { backoffMs } from '../process/backoff.js';
import { type ChildRecord, endStrays, INSTANCE_VARIABLE } from '../process/leftovers.js';
import { Output } from '../process/output.js';
import { Replica } from '../process/replica.js';
import type { Endpoint } from '../router/target.js';
import { launchOf, type Running } from './slot.js';

export interface DeploymentContext {
  instanceId: string;
  /** Holds the unpacked artifact. */
  directory: string;
  logPath: string;
  baseEnvironment: Record<string, string>;
  artifacts: ArtifactCache;
  children: ChildRecord;
  changed: () => void;
}

/** The processes of one deployment, from fetching its artifact to the end of the last of them. */
export class RunningDeployment implements Running {
  readonly instanceId: string;
  readonly deploymentId: string;
  readonly launch: string;
  readonly output: Output;
  private replicas: Replica[] = [];
  private artifactFailure: DeploymentFailure | undefined;
  private isFetched = false;
  private readonly stopping = new AbortController();
  private readonly prepared: Promise<void>;

  constructor(
    public desired: DeploymentDesired,
    private readonly context: DeploymentContext,
  ) {
    this.instanceId = context.instanceId;
    this.deploymentId = desired.deploymentId;
    this.launch = launchOf(desired);
    this.output = new Output(context.logPath);
    this.prepared = this.prepare();
  }

  get weight(): number {
    return this.desired.weight;
  }

  get status(): DeploymentStatus {
    if (this.stopping.signal.aborted) return 'draining';
    if (!this.isFetched) return this.artifactFailure ? 'failed' : 'fetching';
    if (this.readyReplicas === this.desired.replicas) return 'ready';
    return this.replicas.some((replica) => replica.startFailed) ? 'failed' : 'starting';
  }

  get readyReplicas(): number {
    return this.endpoints.length;
  }

  get restarts(): number {
    return this.replicas.reduce((sum, replica) => sum + replica.restarts, 0);
  }

  /** How often each of its processes has ended by itself. */
  get exits(): number[] {
    return this.replicas.map((replica) => replica.exits);
  }

  get failure(): DeploymentFailure | undefined {
    return this.artifactFailure ?? this.replicas.find((replica) => replica.failure)?.failure;
  }

  get endpoints(): Endpoint[] {
    return this.replicas.flatMap((replica) => replica.endpoint ?? []);
  }

  /** The caller has taken it out of rotation: open requests may end, then the processes are stopped. */
  async drain(): Promise<void> {
    this.stopping.abort();
    const endpoints = this.endpoints;
    const isIdle = () => endpoints.every((endpoint) => endpoint.inFlight === 0);
    await comesTrue(isIdle, { withinMs: this.desired.stopTimeoutMs, everyMs: 10 });
    await this.prepared;
    await Promise.all(this.replicas.map((replica) => replica.stop()));
    await endStrays(INSTANCE_VARIABLE, this.instanceId);
    await this.output.close();
    // What cannot be removed now is by the next host.
    await this.context.artifacts.discard(this.context.directory).catch(() => undefined);
  }

  private async prepare(): Promise<void> {
    const { artifacts, directory, changed } = this.context;
    for (let failures = 1; !this.stopping.signal.aborted; failures += 1) {
      try {
        await artifacts.materialise(this.desired.digest, this.desired.artifactUrl, directory, this.stopping.signal);
        this.artifactFailure = undefined;
        this.isFetched = true;
        this.startReplicas();
        changed();
        return;
      } catch (error) {
        const { code, message } = asArtifactError(error, 'artifact_unavailable');
        this.artifactFailure = { code, message, lastLines: [] };
        changed();
        await delay(backoffMs(failures), undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
  }

  private startReplicas(): void {
    if (this.stopping.signal.aborted) return;
    const { instanceId, directory, baseEnvironment, children, changed } = this.context;
    this.replicas = Array.from(
      { length: this.desired.replicas },
      () =>
        new Replica({
          desired: this.desired,
          instanceId,
          directory,
          baseEnvironment,
          output: this.output,
          children,
          changed,
        }),
    );
  }
}
