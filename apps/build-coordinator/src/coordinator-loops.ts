import type { BeforeApplicationShutdown, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { ReconcileLoop } from '@signalbox/chassis';
import type { Messaging } from '@signalbox/messaging';
import type { LeaseDesk } from './task/lease-desk.service.js';
import type { TaskService } from './task/task.service.js';

/** What the build-coordinator does of its own accord: wake-ups of tasks, and collecting what they have left behind. */
export class CoordinatorLoops implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    messaging: Messaging,
    tasks: TaskService,
    private readonly desk: LeaseDesk,
    private readonly loop: ReconcileLoop,
  ) {
    messaging.onWakeUp('task', (id) => tasks.look(id));
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  beforeApplicationShutdown(): void {
    this.desk.close();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }
}
