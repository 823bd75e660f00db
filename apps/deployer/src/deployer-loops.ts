import type { OnApplicationBootstrap, OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import { ReconcileLoop } from '@signalbox/chassis';
import type { ServiceContext } from '@signalbox/chassis';
import type { DeployerConfig } from './config.js';
import type { EnvironmentReconciler } from './environment/environment.reconciler.js';
import type { ProcessTarget } from './target/process-target.js';

const rolloutIdleMs = 250;
const driftPlaces = 4;

/**
 * What the deployer does of its own accord: bring targets to what they should run. One name, so that one loop at most
 * works on an environment; places of their own, so that looks for drift, however many are late, keep no rollout waiting.
 */
export class DeployerLoops implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private readonly rollouts: ReconcileLoop;
  private readonly drift: ReconcileLoop;

  constructor(
    { database, logger }: Pick<ServiceContext<DeployerConfig>, 'database' | 'logger'>,
    reconciler: Pick<EnvironmentReconciler, 'unsettled' | 'overdue' | 'reconcile'>,
    private readonly target: Pick<ProcessTarget, 'close'>,
  ) {
    const common = { name: 'environment', database, logger, reconcile: (id: string) => reconciler.reconcile(id) };
    this.rollouts = new ReconcileLoop({ ...common, idleMs: rolloutIdleMs, due: () => reconciler.unsettled() });
    this.drift = new ReconcileLoop({ ...common, concurrency: driftPlaces, due: () => reconciler.overdue() });
  }

  /** Something has changed, which a rollout may wait for. */
  poke(): void {
    this.rollouts.poke();
  }

  onApplicationBootstrap(): void {
    this.rollouts.start();
    this.drift.start();
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.rollouts.stop(), this.drift.stop()]);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.target.close();
  }
}
