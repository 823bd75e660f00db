import type { OnApplicationBootstrap, OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import type { ReconcileLoop } from '@signalbox/chassis';
import type { ProcessTarget } from './target/process-target.js';

/** What the deployer does of its own accord: bring targets to what they should run. */
export class DeployerLoops implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  constructor(
    private readonly loop: ReconcileLoop,
    private readonly target: ProcessTarget,
  ) {}

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.target.close();
  }
}
