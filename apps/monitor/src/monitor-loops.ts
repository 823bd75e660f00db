import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { ReconcileLoop } from '@signalbox/chassis';

/** What the monitor does of its own accord: looking at metrics. */
export class MonitorLoops implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(private readonly loops: readonly ReconcileLoop[]) {}

  onApplicationBootstrap(): void {
    for (const loop of this.loops) loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.stop()));
  }
}
