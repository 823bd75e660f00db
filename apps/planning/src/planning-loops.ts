import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { ReconcileLoop } from '@signalbox/chassis';
import type { Messaging } from '@signalbox/messaging';
import type { PlanningHeartbeat } from './heartbeat.js';
import type { ReleaseService } from './release/release.service.js';

/** What planning does of its own accord: wake-ups, the heartbeat, and reading repositories. */
export class PlanningLoops implements OnApplicationBootstrap, OnApplicationShutdown {
  private loop: ReconcileLoop | undefined;

  constructor(
    private readonly messaging: Messaging,
    private readonly heartbeat: PlanningHeartbeat,
  ) {}

  run(releases: ReleaseService, loop: ReconcileLoop): void {
    this.loop = loop;
    this.messaging.onWakeUp('release', async (id) => void (await releases.look(id)));
    this.messaging.onWakeUp('heartbeat', async (id) => void (await this.heartbeat.beat(id)));
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.heartbeat.begin();
    this.loop?.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
  }
}
