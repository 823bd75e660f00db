import type { DeploymentMetrics, SlotMetrics } from '@signalbox/domain';
import { latencyBoundsMs, latencyBucket } from './latency.js';

const DEPLOYMENTS_KEPT = 20;

/** Counts the requests of one deployment. */
export class DeploymentTraffic {
  requests = 0;
  errors = 0;
  private readonly counts = Array.from<number>({ length: latencyBoundsMs.length + 1 }).fill(0);

  constructor(
    readonly version: string,
    readonly slotVersion: number,
  ) {}

  count(failed: boolean, latencyMs: number): void {
    this.requests += 1;
    if (failed) this.errors += 1;
    const bucket = latencyBucket(latencyMs);
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
  }

  snapshot(): DeploymentMetrics {
    return {
      version: this.version,
      slotVersion: this.slotVersion,
      requests: this.requests,
      errors: this.errors,
      latency: { bucketsMs: [...latencyBoundsMs, null], counts: [...this.counts] },
    };
  }
}

/** Counters of a slot's newest deployments, also of those that are gone. */
export class SlotTraffic {
  private readonly deployments = new Map<string, DeploymentTraffic>();

  constructor(private readonly epoch: string) {}

  of(deploymentId: string, version: string, slotVersion: number): DeploymentTraffic {
    const known = this.deployments.get(deploymentId);
    if (known) return known;
    const traffic = new DeploymentTraffic(version, slotVersion);
    this.deployments.set(deploymentId, traffic);
    const [oldest] = this.deployments.keys();
    if (this.deployments.size > DEPLOYMENTS_KEPT && oldest !== undefined) this.deployments.delete(oldest);
    return traffic;
  }

  entries(): [string, DeploymentTraffic][] {
    return [...this.deployments];
  }

  snapshot(at: Date): SlotMetrics {
    const deployments = Object.fromEntries(this.entries().map(([id, traffic]) => [id, traffic.snapshot()]));
    return { epoch: this.epoch, at: at.toISOString(), deployments };
  }
}
