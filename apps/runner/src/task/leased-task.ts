import { mkdir } from 'node:fs/promises';
import type { Lease, TaskResult } from '@signalbox/domain';
import type { Logger } from 'pino';
import { Refusal } from '../coordinator.js';
import type { Coordinator } from '../coordinator.js';
import { insist } from '../insist.js';
import type { Leftovers } from '../process/leftovers.js';
import { runBuild } from './build-task.js';
import type { TaskContext } from './task-context.js';
import { TaskEnd } from './task-end.js';
import type { TaskFound } from './task-found.js';
import { TaskLog } from './task-log.js';
import { runTest } from './test-task.js';

export interface TaskTools {
  coordinator: Coordinator;
  logger: Logger;
  workspace: string;
  leftovers: Leftovers;
  gitEnvironment: Readonly<Record<string, string>>;
  stepEnvironment: Readonly<Record<string, string>>;
}

/** How long a result is worth offering to a coordinator that does not answer. */
const reportMs = 300_000;
const reportWhenStoppedMs = 2_500;
const uploadPatienceMs = 60_000;

/** One lease, from its grant to the report: heartbeats, log, and the work itself. */
export class LeasedTask {
  private readonly ending = new AbortController();
  private readonly log: TaskLog;
  private isBeating = false;
  private isLost = false;
  private isStopped = false;

  constructor(
    private readonly lease: Lease,
    private readonly tools: TaskTools,
  ) {
    this.log = new TaskLog((seq, text) => this.say(() => tools.coordinator.appendLog(lease, seq, text)));
  }

  /** The runner stops: so does the task. */
  stop(): void {
    this.isStopped = true;
    this.ending.abort(new TaskEnd('errored', 'runner_stopped', 'the runner was stopped'));
  }

  async run(): Promise<void> {
    const { logger } = this.tools;
    const heart = setInterval(() => void this.beat(), this.lease.heartbeatMs);
    const startedAt = performance.now();
    try {
      const result = await this.result();
      await this.log.close();
      const isTaken = await this.say(() => this.tools.coordinator.report(this.lease, result));
      const { outcome, reason } = result;
      logger.info({ outcome, reason, isTaken, tookMs: Math.round(performance.now() - startedAt) }, 'task ended');
    } finally {
      clearInterval(heart);
    }
  }

  private async result(): Promise<TaskResult> {
    const { fencingToken, spec } = this.lease;
    const found: TaskFound = {};
    try {
      await mkdir(this.tools.workspace, { recursive: true });
      const context = this.context();
      await (spec.kind === 'build' ? runBuild(spec, context, found) : runTest(spec, context, found));
      return { fencingToken, outcome: 'succeeded', ...found };
    } catch (error) {
      const end = this.endOf(error);
      this.log.write(`${end.outcome}: ${end.detail}\n`);
      const { outcome, reason, exitCode } = end;
      const detail = end.detail.slice(0, 2_000);
      return { fencingToken, outcome, reason, detail, ...(exitCode !== undefined && { exitCode }), ...found };
    }
  }

  private context(): TaskContext {
    const { workspace, leftovers, gitEnvironment, stepEnvironment } = this.tools;
    const { signal } = this.ending;
    return {
      workspace,
      signal,
      leftovers,
      gitEnvironment,
      stepEnvironment,
      log: (text) => this.log.write(text),
      upload: (digest, path) => this.upload(digest, path),
    };
  }

  private endOf(error: unknown): TaskEnd {
    const { reason } = this.ending.signal;
    if (reason instanceof TaskEnd) return reason;
    if (error instanceof TaskEnd) return error;
    if (error instanceof Refusal) return new TaskEnd('errored', error.code, error.message);
    this.tools.logger.error({ err: error }, 'a task failed for a reason of ours');
    return new TaskEnd('errored', 'runner_fault', error instanceof Error ? error.message : String(error));
  }

  private async beat(): Promise<void> {
    if (this.isBeating) return;
    this.isBeating = true;
    try {
      const { cancel } = await this.tools.coordinator.beat(this.lease);
      if (cancel !== undefined) this.ending.abort(new TaskEnd('cancelled', 'cancelled', cancel));
    } catch (error) {
      // a coordinator that is away may come back in time; one that says no has given up on us
      if (!isNo(error)) return;
      this.isLost = true;
      this.ending.abort(new TaskEnd('errored', 'lease_lost', 'the coordinator has given the task up'));
    } finally {
      this.isBeating = false;
    }
  }

  /** False when the answer is no, or there is none in time. */
  private say(call: () => Promise<void>): Promise<boolean> {
    const hasGivenUp = (error: unknown, elapsedMs: number) =>
      this.isLost || isNo(error) || elapsedMs > (this.isStopped ? reportWhenStoppedMs : reportMs);
    return insist(call, hasGivenUp).then(
      () => true,
      () => false,
    );
  }

  private upload(digest: string, path: string): Promise<void> {
    const { signal } = this.ending;
    return insist(
      () => this.tools.coordinator.upload(this.lease, digest, path, signal),
      (error, elapsedMs) => signal.aborted || isNo(error) || elapsedMs > uploadPatienceMs,
    );
  }
}

function isNo(error: unknown): boolean {
  return error instanceof Refusal && error.isFinal;
}
