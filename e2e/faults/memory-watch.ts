import { peakMemoryOf } from './processes.js';
import type { World } from './world.js';

/** The process that has held most. */
export interface Held {
  readonly name: string;
  readonly bytes: number;
}

/** Less than a process lives that is killed in a loop; the kernel keeps the peaks in between. */
const everyMs = 1_000;
const nothing: Held = { name: 'nobody', bytes: 0 };

/** Looks all the time, also during faults, at what every process of a cluster holds. */
export class MemoryWatch {
  private most = nothing;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly world: World) {
    this.timer = setInterval(() => this.look(), everyMs).unref();
  }

  /** Since this was asked last. */
  take(): Held {
    this.look();
    const { most } = this;
    this.most = nothing;
    return most;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    for (const { name, pid } of this.world.members()) {
      const bytes = peakMemoryOf(pid);
      if (bytes > this.most.bytes) this.most = { name, bytes };
    }
  }
}
