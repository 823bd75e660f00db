import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { comesTrue } from '@signalbox/domain';
import { groupMembers, identify, type ProcessIdentity } from './identity.js';
import type { Output } from './output.js';

/** How long to wait for what an ended process has printed; a stranger may hold its pipes open. */
const LAST_OUTPUT_MS = 500;

export interface Launch {
  command: readonly string[];
  directory: string;
  environment: Record<string, string>;
}

/** How a process ended: `exited 1`, `killed by SIGKILL`, or that it could not be started. */
export interface Ending {
  started: boolean;
  message: string;
}

/** One released process and all it starts, in a process group of its own. */
export class Child {
  readonly ended: Promise<Ending>;
  private readonly process: ChildProcess;
  private ending: Ending | undefined;

  constructor(launch: Launch, output: Output) {
    const [file, ...args] = launch.command;
    this.process = spawn(file as string, args, {
      cwd: launch.directory,
      env: launch.environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout?.on('data', (chunk: Buffer) => output.append(chunk));
    this.process.stderr?.on('data', (chunk: Buffer) => output.append(chunk));
    this.ended = this.watch();
  }

  get identity(): ProcessIdentity | undefined {
    return this.process.pid === undefined ? undefined : identify(this.process.pid);
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  get hasEnded(): boolean {
    return this.ending !== undefined;
  }

  /** SIGTERM to the group, after `graceMs` SIGKILL; returns when no process of it is left. */
  async stop(graceMs: number): Promise<void> {
    const { pid } = this.process;
    if (pid === undefined) return;
    await endGroup(pid, graceMs);
    await this.ended;
  }

  private async watch(): Promise<Ending> {
    const closed = once(this.process, 'close').catch(() => undefined);
    this.ending = await new Promise<Ending>((resolve) => {
      this.process.once('error', (error: NodeJS.ErrnoException) => {
        if (this.process.pid === undefined) resolve({ started: false, message: startMessage(error) });
      });
      // 'exit' and not 'close': a grandchild may hold the pipes open
      this.process.once('exit', (code, signal) => {
        resolve({ started: true, message: signal ? `killed by ${signal}` : `exited ${code}` });
      });
    });
    if (this.process.pid !== undefined) {
      signalGroup(this.process.pid, 'SIGKILL');
      await Promise.race([closed, setTimeout(LAST_OUTPUT_MS)]);
    }
    return this.ending;
  }
}

export async function endGroup(group: number, graceMs: number): Promise<void> {
  const isGone = () => groupMembers(group).length === 0;
  signalGroup(group, 'SIGTERM');
  for (let withinMs = graceMs; !(await comesTrue(isGone, { withinMs, everyMs: 20 })); withinMs = 0) {
    signalGroup(group, 'SIGKILL');
  }
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function startMessage(error: NodeJS.ErrnoException): string {
  return error.code === 'ENOENT' ? `command not found: ${error.path}` : `not started: ${error.code}`;
}
