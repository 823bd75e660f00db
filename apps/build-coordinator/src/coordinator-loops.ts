import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { ReconcileLoop } from '@signalbox/chassis';
import type { Messaging } from '@signalbox/messaging';
import type { LeaseDesk } from './task/lease-desk.service.js';
import type { TaskService } from './task/task.service.js';

/** What the build-coordinator does of its own accord: wake-ups of tasks, and collecting what they have left behind. */
export class CoordinatorLoops implements OnApplicationBootstrap, OnModuleDestroy {
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

  async onModuleDestroy(): Promise<void> {
    this.desk.close();
    await this.loop.stop();
  }
}
