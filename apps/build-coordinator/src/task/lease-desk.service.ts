import type { Lease, LeaseRequest } from '@signalbox/domain';
import type { RunnerPresence } from '../runner/runner-presence.js';
import type { TaskTokens } from './task-token.js';
import type { TaskService } from './task.service.js';

const heartbeatMs = 2_000;
/** Other replicas may have queued a task without our hearing of it. */
const lookEveryMs = 1_000;
/** Longer than anything may take: the lease is what it hangs on. */
const tokenMs = 60 * 24 * 3_600_000;

/** Where runners wait for work. */
export class LeaseDesk {
  private readonly waiting = new Set<() => void>();
  private closed = false;

  constructor(
    private readonly tasks: TaskService,
    private readonly runners: RunnerPresence,
    private readonly tokens: TaskTokens,
  ) {}

  /** Something has changed: whoever waits looks now. */
  poke(): void {
    for (const wake of this.waiting) wake();
  }

  close(): void {
    this.closed = true;
    this.poke();
  }

  /** A lease, or undefined when there was no work for as long as the runner waits. `hasGone`: nobody listens any more. */
  async next(
    request: Required<Pick<LeaseRequest, 'runner' | 'labels' | 'version' | 'waitMs'>>,
    hasGone: () => boolean,
  ): Promise<Lease | undefined> {
    const until = Date.now() + request.waitMs;
    for (;;) {
      if (this.closed || hasGone()) return undefined;
      await this.runners.seen(request.runner, request);
      const leased = await this.tasks.lease(request.runner);
      if (leased) {
        const { task, traceparent } = leased;
        const { lease } = task;
        return {
          leaseId: lease.leaseId,
          taskId: task.id,
          taskToken: this.tokens.issue({ taskId: task.id, leaseId: lease.leaseId, expiresAt: Date.now() + tokenMs }),
          fencingToken: lease.fencingToken,
          heartbeatMs,
          spec: task.spec,
          ...(traceparent !== undefined && { traceparent }),
        };
      }
      const left = until - Date.now();
      if (left <= 0) return undefined;
      await this.change(Math.min(left, lookEveryMs));
    }
  }

  private change(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, withinMs);
      this.waiting.add(wake);
    });
  }
}
