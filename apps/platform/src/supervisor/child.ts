import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, copyFileSync, mkdirSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { comesTrue } from '@signalbox/domain';
import { Liveness } from './liveness.js';

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
  /** It listens nowhere, and sends `ready` over the channel to who started it. */
  saysReady?: boolean;
  /** Answers so as long as the process does anything at all; absent: nobody asks. */
  liveUrl?: string | undefined;
  /** How often, in milliseconds. */
  askEveryMs?: number;
  /** Lives on when the supervisor is killed; otherwise it notices and ends. */
  outlives: boolean;
  /** Called at every death that nobody asked for. */
  onDeath?: (child: SupervisedChild, how: string) => void;
  /** It did not end when it was asked to, and was ended. */
  onKilled?: (child: SupervisedChild, graceMs: number) => void;
  /** It ran and did not answer any more, and is killed. */
  onHung?: (child: SupervisedChild) => void;
  onStarted?: (pid: number) => void;
}

const firstBackoffMs = 500;
const lastBackoffMs = 10_000;
/** Who lived so long did not fail at its start: it may come back at once. */
const calmAfterMs = 5_000;
const deathsAtStart = 3;
/** As `apps/runner/src/main.ts` sends it. */
const readyWord = 'ready';
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
  private hasSaidReady = false;
  private isHurried = false;
  private timer: NodeJS.Timeout | undefined;
  private watch: NodeJS.Timeout | undefined;
  private shortening: NodeJS.Timeout | undefined;

  private readonly liveness: Liveness | undefined;

  constructor(readonly options: ChildOptions) {
    const { liveUrl, askEveryMs } = options;
    if (liveUrl !== undefined)
      this.liveness = new Liveness(
        () => answers(liveUrl, this.pid),
        () => this.killHung(),
        askEveryMs,
      );
  }

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
    this.startedAt = performance.now();
    this.hasSaidReady = false;
    try {
      this.process = spawn(command[0], command.slice(1), {
        env: { ...variables, ...build?.() },
        stdio: outlives ? ['ignore', log, log] : ['ignore', log, log, 'ipc'],
        // A group of its own: Ctrl-C reaches the supervisor alone, which stops its children in order.
        detached: true,
      });
    } finally {
      closeSync(log);
    }
    const child = this.process;
    child.once('error', (error) => this.died(error.message));
    child.once('exit', (code, signal) => this.died(signal ?? `exit code ${code}`));
    child.once('message', (word) => (this.hasSaidReady = word === readyWord));
    if (child.pid !== undefined) this.options.onStarted?.(child.pid);
    if (outlives) child.unref();
    this.liveness?.watch();
  }

  private killHung(): void {
    const { pid } = this;
    if (pid === undefined) return;
    this.options.onHung?.(this);
    signal(-pid, 'SIGKILL');
  }

  /** What stands in its way now, no folder for its log or no memory for a process, may pass. */
  private startAgain(): void {
    try {
      this.start();
    } catch (error) {
      this.died((error as Error).message);
    }
  }

  /** Takes over a process that an earlier supervisor had left. */
  adopt(pid: number): void {
    this.adoptedPid = pid;
    this.startedAt = performance.now();
    this.keepLogShort();
    this.watch = setInterval(() => {
      if (isAlive(pid)) return;
      clearInterval(this.watch);
      this.died('it is gone');
    }, 250);
  }

  /**
   * Resolves when it is ready; throws with the end of its log when it is not in time, or dies again and again while it is
   * waited for. How it had died before is no matter.
   */
  async ready(withinMs: number): Promise<void> {
    const { readyUrls, saysReady } = this.options;
    const signs = readyUrls.map((url) => () => answers(url, this.pid));
    if (saysReady) signs.push(async () => this.hasSaidReady);
    const [deadline, deathsBefore] = [performance.now() + withinMs, this.deaths];
    for (const isThere of signs) {
      while (!this.stopping && !(await isThere())) {
        const deaths = this.deaths - deathsBefore;
        if (deaths >= deathsAtStart) throw this.failed(`died ${deaths} times at its start`);
        if (performance.now() > deadline) throw this.failed(`is not ready after ${withinMs / 1000}s`);
        await pause(25);
      }
    }
  }

  private failed(how: string): Error {
    return new Error(`${this.name} ${how}; the end of ${this.options.logFile}:\n${this.lastLines(10)}`);
  }

  /** Asks it to stop; after the grace it is killed. @returns whether it was */
  async stop(graceMs: number): Promise<boolean> {
    this.isOver = true;
    return this.end(graceMs);
  }

  private async end(graceMs: number): Promise<boolean> {
    this.stopping = true;
    this.liveness?.end();
    clearTimeout(this.timer);
    clearInterval(this.watch);
    clearInterval(this.shortening);
    const { pid } = this;
    if (pid === undefined || !isAlive(pid)) return false;
    signal(pid, 'SIGTERM');
    await comesTrue(() => !isAlive(pid) || this.isHurried, { withinMs: graceMs, everyMs: 20 });
    if (!isAlive(pid)) return false;
    signal(-pid, 'SIGKILL');
    // Who hurried it knows.
    if (!this.isHurried) this.options.onKilled?.(this, graceMs);
    return true;
  }

  /** Stops it as an operator would, and starts it anew. @returns whether it had to be killed */
  async restart(graceMs: number, readyWithinMs: number): Promise<boolean> {
    const isKilled = await this.end(graceMs);
    while (this.process !== undefined) await pause(20);
    if (this.isOver) return isKilled;
    this.stopping = false;
    this.startAgain();
    await this.ready(readyWithinMs);
    return isKilled;
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
    this.hasSaidReady = false;
    this.liveness?.end();
    if (this.stopping) return;
    this.deaths += 1;
    this.options.onDeath?.(this, how);
    if (performance.now() - this.startedAt > calmAfterMs) this.backoffMs = firstBackoffMs;
    this.timer = setTimeout(() => this.startAgain(), this.backoffMs);
    this.backoffMs = Math.min(lastBackoffMs, this.backoffMs * 2);
  }

  private openLog(): number {
    const { logFile } = this.options;
    // Somebody may have cleared up.
    mkdirSync(dirname(logFile), { recursive: true });
    this.keepLogShort();
    return openSync(logFile, 'a', 0o600);
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
  try {
    const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
    if (size <= maxLogBytes) return;
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

/** In words, of one that was killed. */
export function killedAfter(graceMs: number): string {
  return `did not end within ${graceMs / 1000} s and was killed`;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  try {
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
