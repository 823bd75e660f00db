import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { logOutput, removeTree, workspaceFolders } from '@signalbox/domain';
import type { Lease, WorkspaceFolders } from '@signalbox/domain';
import { pino } from 'pino';
import type { Logger } from 'pino';
import type { RunnerConfig } from './config.js';
import { Coordinator } from './coordinator.js';
import { endLeftovers, Leftovers } from './process/leftovers.js';
import { LeasedTask } from './task/leased-task.js';
import { gitEnvironment, stepEnvironment } from './workspace/environment.js';

const longestPauseMs = 5_000;
/** A coordinator that says nothing must not keep a runner from ending: what it does not hear, it takes for lost. */
const stopsWithinMs = 9_000;

/** Leases tasks and runs them until stopped. */
export async function startRunner(
  config: RunnerConfig,
  variables: NodeJS.ProcessEnv,
): Promise<{ stop(): Promise<void> }> {
  const runner = new Runner(config, variables, loggerOf(config));
  await runner.start();
  return runner;
}

function loggerOf({ LOG_LEVEL: level, RUNNER_NAME: runner }: RunnerConfig): Logger {
  return pino({ level, base: { service: 'runner', runner }, timestamp: pino.stdTimeFunctions.isoTime }, logOutput());
}

class Runner {
  private readonly folders: WorkspaceFolders;
  private readonly coordinator: Coordinator;
  private readonly stopping = new AbortController();
  private readonly tasks = new Set<LeasedTask>();
  private loops: Promise<void>[] = [];

  constructor(
    private readonly config: RunnerConfig,
    private readonly variables: NodeJS.ProcessEnv,
    private readonly logger: Logger,
  ) {
    this.folders = workspaceFolders(config.RUNNER_DIRECTORY, config.RUNNER_WORKSPACES, 'signalbox-runner');
    this.coordinator = new Coordinator(config.COORDINATOR_URL, config.RUNNER_KEY);
  }

  async start(): Promise<void> {
    const { RUNNER_DIRECTORY: directory, RUNNER_CONCURRENCY: concurrency } = this.config;
    await endLeftovers(join(directory, 'commands'));
    for (const folder of this.folders.removed) await removeTree(folder);
    for (const folder of [join(directory, 'commands'), this.folders.workspaces, join(directory, 'npm-cache')]) {
      await mkdir(folder, { recursive: true });
    }
    this.logger.warn('build steps run with the rights of this process: trusted repositories only');
    this.loops = Array.from({ length: concurrency }, () => this.loop());
  }

  /** Takes no new work; running tasks are ended and reported within ten seconds. */
  async stop(): Promise<void> {
    this.stopping.abort();
    for (const task of this.tasks) task.stop();
    await Promise.race([Promise.all(this.loops), delay(stopsWithinMs, undefined, { ref: false })]);
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopping;
    let pauseMs = 250;
    while (!signal.aborted) {
      try {
        const lease = await this.coordinator.lease(
          { runner: this.config.RUNNER_NAME, version: this.config.BUILD_VERSION },
          signal,
        );
        pauseMs = 250;
        if (lease) await this.run(lease);
      } catch (error) {
        if (signal.aborted) return;
        this.logger.warn({ err: error }, 'the coordinator gives no work now');
        await delay(pauseMs, undefined, { signal }).catch(() => undefined);
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      }
    }
  }

  private async run(lease: Lease): Promise<void> {
    const directory = this.config.RUNNER_DIRECTORY;
    const workspace = join(this.folders.workspaces, lease.leaseId);
    const task = new LeasedTask(lease, {
      coordinator: this.coordinator,
      logger: this.logger.child({ taskId: lease.taskId, application: lease.spec.application }),
      workspace,
      leftovers: new Leftovers(join(directory, 'commands')),
      gitEnvironment: gitEnvironment(this.variables),
      stepEnvironment: stepEnvironment(this.variables, { workspace, npmCache: join(directory, 'npm-cache') }),
    });
    this.tasks.add(task);
    if (this.stopping.signal.aborted) task.stop();
    try {
      await task.run();
    } finally {
      this.tasks.delete(task);
      await removeTree(workspace).catch((error: unknown) =>
        this.logger.warn({ err: error }, 'a workspace was not removed; the next start tries again'),
      );
    }
  }
}
