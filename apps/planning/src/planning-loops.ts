import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { ReconcileLoop } from '@signalbox/chassis';
import type { Messaging } from '@signalbox/messaging';
import type { Change } from '@signalbox/persistence';
import type { PlanningHeartbeat } from './heartbeat.js';
import type { Release } from './release/release.js';
import type { ReleaseService } from './release/release.service.js';

/** What planning does of its own accord: wake-ups, the heartbeat, and reading repositories. */
export class PlanningLoops implements OnApplicationBootstrap, OnModuleDestroy {
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

  /** Of a draft, or one whose tag is to be pushed, the repository is asked at once; what it may still miss, by the poll. */
  changed({ before, after }: Change<Release>): void {
    if (before?.status === 'draft' || after.status === 'draft' || after.status === 'completed') this.loop?.poke();
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.heartbeat.begin();
    this.loop?.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop?.stop();
  }
}
