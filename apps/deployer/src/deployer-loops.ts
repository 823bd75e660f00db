import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { ReconcileLoop } from '@signalbox/chassis';
import type { ProcessTarget } from './target/process-target.js';

/** What the deployer does of its own accord: bring targets to what they should run. */
export class DeployerLoops implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly loop: ReconcileLoop,
    private readonly target: ProcessTarget,
  ) {}

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.loop.stop();
    await this.target.close();
  }
}
