import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { TaskResult } from '@signalbox/domain';
import type { Database, Versioned } from '@signalbox/persistence';
import type { RunnerPresence } from '../runner/runner-presence.js';
import type { Findings } from './findings.js';
import type { TaskStore } from './task.store.js';
import { beat, cancel, end, grant, look, newTask, report, requireLease } from './task.js';
import type { Task } from './task.js';
import { answerOf } from './voice.js';

/** Whom builds tell: a task has begun, or has ended. Runs in the task's own transaction. */
export interface TaskFollower {
  began(buildId: string): Promise<void>;
  ended(buildId: string, findings: Findings): Promise<void>;
}

@Injectable()
export class TaskService {
  constructor(
    private readonly database: Database,
    private readonly tasks: TaskStore,
    private readonly runners: RunnerPresence,
    private readonly follower: TaskFollower,
    /** Since when runners could be heard; undefined: they cannot now. */
    private readonly hearsSince: () => Date | undefined,
  ) {}

  async queue(fields: Parameters<typeof newTask>[0]): Promise<boolean> {
    return this.tasks.createOnce(newTask(fields, await this.database.now()), []);
  }

  get(id: string): Promise<Versioned<Task>> {
    return this.tasks.get(id);
  }

  /** Gives the task that has waited longest to this runner. */
  async lease(
    runner: string,
  ): Promise<{ task: Task & { status: 'running' }; traceparent: string | undefined } | undefined> {
    if (!(await this.tasks.hasQueued())) return undefined;
    return this.database.runWithRetry(async () => {
      const next = await this.tasks.lockNext();
      if (!next) return undefined;
      const to = { leaseId: `lse_${randomUUID()}`, runner, fencingToken: next.fencingToken };
      const { state, traceparent } = await this.tasks.change(next.taskId, (task, now) => grant(task, to, now));
      if (state.answerTo.kind === 'stage') await this.follower.began(state.answerTo.buildId);
      return state.status === 'running' ? { task: state, traceparent } : undefined;
    });
  }

  /** @returns why the runner has to stop, if it has to */
  async beat(id: string, leaseId: string): Promise<string | undefined> {
    const { state } = await this.tasks.change(id, (task, now) => beat(task, leaseId, now));
    if (state.status !== 'running') return undefined;
    await this.runners.seen(state.lease.runner);
    return state.cancel;
  }

  /** @throws DomainError lease_lost */
  async requireLease(id: string, leaseId: string): Promise<void> {
    requireLease((await this.tasks.get(id)).state, leaseId);
  }

  async report(id: string, leaseId: string, result: TaskResult): Promise<void> {
    await this.tasks.change(id, (task) => report(task, leaseId, result));
  }

  /** A task that was never asked for here needs no cancelling. */
  async cancel(id: string, reason: string): Promise<void> {
    if (await this.tasks.find(id)) await this.tasks.change(id, (task) => cancel(task, reason));
  }

  async look(id: string): Promise<void> {
    const around = { runnersOnline: await this.runners.countOnline(), hearsSince: this.hearsSince() };
    await this.tasks.change(id, (task, now) => look(task, around, now));
  }

  closing(): Promise<Versioned<Task>[]> {
    return this.tasks.closing();
  }

  /** Answers for a task once everything about it has been collected. */
  async end(id: string, findings: Findings): Promise<void> {
    await this.database.runWithRetry(async () => {
      await this.tasks.lock([id]);
      const { state } = await this.tasks.get(id);
      if (state.status !== 'closing') return;
      const { answerTo } = state;
      if (answerTo.kind === 'stage') await this.follower.ended(answerTo.buildId, findings);
      const events = answerTo.kind === 'task' ? [answerOf(state, answerTo.requestedBy, findings)] : [];
      await this.tasks.change(id, (task, now) => ({ next: end(task, now).next, events }));
    });
  }
}
