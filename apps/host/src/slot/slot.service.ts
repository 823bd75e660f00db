import { mkdir } from 'node:fs/promises';
import type { SlotAccepted, SlotDesired, SlotMetrics, SlotObserved } from '@signalbox/domain';
import type { ArtifactCache } from '../artifact/artifact-cache.js';
import type { ChildRecord } from '../process/leftovers.js';
import { Problem } from '../problem.js';
import { Router } from '../router/router.js';
import { SlotTraffic } from '../router/traffic.js';
import { ActiveSlot } from './active-slot.runtime.js';
import { answerTo } from './slot.js';
import type { SlotKey, SlotStore, StoredSlot } from './slot.store.js';

export interface SlotServiceOptions {
  epoch: string;
  controlUrl: () => string;
  bind: string;
  name: string;
  routerPortFrom: number;
  workspaces: string;
  logs: string;
  baseEnvironment: Record<string, string>;
}

export interface HostedSlot {
  stored: StoredSlot;
  active: ActiveSlot;
  traffic: SlotTraffic;
}

/** All slots of this machine: takes desired states, keeps them on disk, runs them. */
export class SlotService {
  private readonly slots = new Map<string, HostedSlot>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: SlotStore,
    private readonly artifacts: ArtifactCache,
    private readonly children: ChildRecord,
    private readonly options: SlotServiceOptions,
  ) {}

  /** Serves every known slot's port at once and starts its processes side by side. */
  async restore(): Promise<void> {
    await mkdir(this.options.logs, { recursive: true });
    const known = await this.store.list();
    for (const stored of known) {
      const others = known.filter((each) => each !== stored).map((each) => each.port);
      const { router, port } = await this.openRouter(stored.port, others);
      const moved = { ...stored, port };
      if (port !== stored.port) await this.store.save(moved);
      this.open(moved, router);
    }
  }

  /** One at a time: two callers must not both find a generation newer than the present one. */
  async put(key: SlotKey, desired: SlotDesired): Promise<SlotAccepted> {
    const result = this.turn.then(async () => this.putNow(key, desired));
    this.turn = result.catch(() => undefined);
    return result;
  }

  async observe(key: SlotKey, waitGeneration: number | undefined, waitMs: number): Promise<SlotObserved> {
    const { active, stored } = this.get(key);
    if (waitGeneration !== undefined) {
      await active.waitUntil(() => active.generation >= waitGeneration && active.isSettled, waitMs);
    }
    const generation = active.generation;
    return { ...this.addresses(stored), generation, epoch: this.options.epoch, deployments: active.observe() };
  }

  list(): HostedSlot[] {
    return [...this.slots.values()];
  }

  metrics(key: SlotKey): SlotMetrics {
    const { traffic, active } = this.get(key);
    const snapshot = traffic.snapshot(new Date());
    for (const { deploymentId, readyReplicas, exits } of active.deployments) {
      const counted = snapshot.deployments[deploymentId];
      if (counted) Object.assign(counted, { ready: readyReplicas, exits });
    }
    return snapshot;
  }

  lastLines(key: SlotKey, deploymentId: string | undefined, count: number): string[] {
    return this.get(key).active.lastLines(deploymentId, count);
  }

  async close(): Promise<void> {
    await Promise.all(this.list().map(({ active }) => active.close()));
  }

  addresses({ application, environment, port }: StoredSlot): { url: string; metricsUrl: string } {
    const path = `/v1/slots/${application}/${environment}/metrics`;
    return { url: `http://${this.options.name}:${port}`, metricsUrl: `${this.options.controlUrl()}${path}` };
  }

  private async putNow(key: SlotKey, desired: SlotDesired): Promise<SlotAccepted> {
    const known = this.slots.get(nameOf(key));
    const answer = answerTo(known?.stored.desired, desired);
    if (answer === 'stale_generation' || answer === 'generation_reused') {
      throw new Problem(
        409,
        answer,
        `generation ${desired.generation}, present is ${known?.stored.desired.generation}`,
      );
    }
    if (known === undefined) {
      const { router, port } = await this.openRouter(this.options.routerPortFrom, this.ports());
      const stored = { ...key, port, desired };
      await this.store.save(stored).catch(async (error: unknown) => {
        await router.close(0);
        throw error;
      });
      this.open(stored, router);
      return { generation: desired.generation, ...this.addresses(stored) };
    }
    if (answer === 'apply') {
      const stored = { ...known.stored, desired };
      await this.store.save(stored);
      known.stored = stored;
      known.active.apply(desired);
      await this.artifacts.prune(this.digests());
    }
    return { generation: desired.generation, ...this.addresses(known.stored) };
  }

  private open(stored: StoredSlot, router: Router): void {
    const { artifacts, children } = this;
    const { workspaces, logs, baseEnvironment, epoch } = this.options;
    const traffic = new SlotTraffic(epoch);
    const context = { key: stored, router, traffic, artifacts, children, workspaces, logs, baseEnvironment };
    this.slots.set(nameOf(stored), { stored, active: new ActiveSlot(stored.desired, context), traffic });
  }

  private async openRouter(from: number, taken: number[]): Promise<{ router: Router; port: number }> {
    const router = new Router();
    return { router, port: await router.listen(from, this.options.bind, (port) => taken.includes(port)) };
  }

  private digests(): Set<string> {
    return new Set(this.list().flatMap(({ stored }) => stored.desired.deployments.map((each) => each.digest)));
  }

  private ports(): number[] {
    return this.list().map(({ stored }) => stored.port);
  }

  private get(key: SlotKey): HostedSlot {
    const slot = this.slots.get(nameOf(key));
    if (slot === undefined) throw new Problem(404, 'not_found', `no slot ${nameOf(key)}`);
    return slot;
  }
}

function nameOf(key: SlotKey): string {
  return `${key.application}/${key.environment}`;
}
