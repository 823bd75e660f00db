import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, copyFileSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs';

export interface ChildOptions {
  name: string;
  /** Program and arguments. */
  command: readonly [string, ...string[]];
  variables: Record<string, string>;
  /** Asked at each start: the checkout may have been built anew since the last. */
  build?: () => Readonly<Record<string, string>>;
  logFile: string;
  /** Each answers 200, with the pid of the child, when it is ready for work. */
  readyUrls: readonly string[];
  /** Lives on when the supervisor is killed; otherwise it notices and ends. */
  outlives: boolean;
  /** Called at every death that nobody asked for. */
  onDeath?: (child: SupervisedChild, how: string) => void;
  onStarted?: (pid: number) => void;
}

const firstBackoffMs = 500;
const lastBackoffMs = 10_000;
/** Who lived so long did not fail at its start: it may come back at once. */
const calmAfterMs = 5_000;
const deathsAtStart = 3;
const maxLogBytes = 50 * 1024 * 1024;
const logsShortenedEveryMs = 60_000;

/** A process that is started again when it dies, each time a little later while it keeps dying. */
export class SupervisedChild {
  private process: ChildProcess | undefined;
  private adoptedPid: number | undefined;
  private backoffMs = firstBackoffMs;
  private startedAt = 0;
  private stopping = false;
  /** Stopped for good: a restart that is under way starts it no more. */
  private isOver = false;
  private deaths = 0;
  private isHurried = false;
  private timer: NodeJS.Timeout | undefined;
  private watch: NodeJS.Timeout | undefined;
  private shortening: NodeJS.Timeout | undefined;

  constructor(readonly options: ChildOptions) {}

  get name(): string {
    return this.options.name;
  }

  get pid(): number | undefined {
    return this.process?.pid ?? this.adoptedPid;
  }

  start(): void {
    this.timer = undefined;
    if (this.stopping) return;
    const { command, variables, build, outlives } = this.options;
    const log = this.openLog();
    this.adoptedPid = undefined;
    this.startedAt = Date.now();
    const child = spawn(command[0], command.slice(1), {
      env: { ...variables, ...build?.() },
      stdio: outlives ? ['ignore', log, log] : ['ignore', log, log, 'ipc'],
      // A group of its own: Ctrl-C reaches the supervisor alone, which stops its children in order.
      detached: true,
    });
    closeSync(log);
    this.process = child;
    child.once('error', (error) => this.died(error.message));
    child.once('exit', (code, signal) => this.died(signal ?? `exit code ${code}`));
    if (child.pid !== undefined) this.options.onStarted?.(child.pid);
    if (outlives) child.unref();
  }

  /** Takes over a process that an earlier supervisor had left. */
  adopt(pid: number): void {
    this.adoptedPid = pid;
    this.startedAt = Date.now();
    this.keepLogShort();
    this.watch = setInterval(() => {
      if (isAlive(pid)) return;
      clearInterval(this.watch);
      this.died('it is gone');
    }, 250);
  }

  /** Resolves when it answers as ready; throws with the end of its log when it does not in time, or dies of it. */
  async ready(withinMs: number): Promise<void> {
    const deadline = Date.now() + withinMs;
    for (const url of this.options.readyUrls) {
      while (!this.stopping && !(await answers(url, this.pid))) {
        if (this.deaths >= deathsAtStart) throw this.failed(`died ${this.deaths} times at its start`);
        if (Date.now() > deadline) throw this.failed(`is not ready after ${withinMs / 1000}s`);
        await pause(25);
      }
    }
  }

  private failed(how: string): Error {
    return new Error(`${this.name} ${how}; the end of ${this.options.logFile}:\n${this.lastLines(10)}`);
  }

  /** Asks it to stop; after the grace it is ended. */
  async stop(graceMs: number): Promise<void> {
    this.isOver = true;
    await this.end(graceMs);
  }

  private async end(graceMs: number): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    clearInterval(this.watch);
    clearInterval(this.shortening);
    const { pid } = this;
    if (pid === undefined || !isAlive(pid)) return;
    signal(pid, 'SIGTERM');
    const deadline = Date.now() + graceMs;
    while (isAlive(pid) && Date.now() < deadline && !this.isHurried) await pause(20);
    if (isAlive(pid)) signal(-pid, 'SIGKILL');
  }

  /** Stops it as an operator would, and starts it anew. */
  async restart(graceMs: number, readyWithinMs: number): Promise<void> {
    await this.end(graceMs);
    while (this.process !== undefined) await pause(20);
    if (this.isOver) return;
    this.stopping = false;
    this.deaths = 0;
    this.start();
    await this.ready(readyWithinMs);
  }

  /** Ends a stop that is under way at once. */
  hurry(): void {
    this.isHurried = true;
  }

  lastLines(count: number): string {
    return readFileSync(this.options.logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  }

  private died(how: string): void {
    if (this.process?.pid === undefined && this.adoptedPid === undefined && this.timer) return;
    this.process = undefined;
    this.adoptedPid = undefined;
    if (this.stopping) return;
    this.deaths += 1;
    this.options.onDeath?.(this, how);
    if (Date.now() - this.startedAt > calmAfterMs) this.backoffMs = firstBackoffMs;
    this.timer = setTimeout(() => this.start(), this.backoffMs);
    this.backoffMs = Math.min(lastBackoffMs, this.backoffMs * 2);
  }

  private openLog(): number {
    this.keepLogShort();
    return openSync(this.options.logFile, 'a', 0o600);
  }

  private keepLogShort(): void {
    clearInterval(this.shortening);
    const { logFile } = this.options;
    shorten(logFile);
    this.shortening = setInterval(() => shorten(logFile), logsShortenedEveryMs).unref();
  }
}

/**
 * Keeps the part before as `.1`. A process goes on in the file that it has open; what it writes meanwhile may be lost.
 * Where there is no room for a copy the log goes on growing: nothing may end because of it.
 */
function shorten(logFile: string): void {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= maxLogBytes) return;
  try {
    copyFileSync(logFile, `${logFile}.1`);
    truncateSync(logFile, 0);
  } catch {
    // Tried again in a minute.
  }
}

/** Whether this very process answers: another program may have taken its port. */
async function answers(url: string, pid: number | undefined): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(3_000) });
    return answer.ok && ((await answer.json()) as { pid?: number }).pid === pid;
  } catch {
    return false;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie still has its number: what has ended but was not reaped is not alive.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
