import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import { comesTrue } from '@signalbox/domain';
import { endMarked, markName } from './leftovers.js';
import type { Leftovers } from './leftovers.js';
import { membersOf } from './proc.js';
import { signalGroup } from './signal.js';

export interface Command {
  run: readonly string[];
  directory: string;
  environment: Readonly<Record<string, string>>;
  timeoutMs: number;
  /** Ends it from outside. */
  signal: AbortSignal;
  onOutput(text: string): void;
  leftovers: Leftovers;
}

export type CommandEnd =
  | { kind: 'exited'; code: number }
  | { kind: 'killed'; signal: string }
  | { kind: 'not_started'; why: string }
  | { kind: 'timed_out' }
  | { kind: 'too_many_processes' }
  | { kind: 'stopped' };

export const maxProcesses = 512;
const graceMs = 2_000;
const watchEveryMs = 300;
/** How long to wait for the last output; a stranger may hold the pipes open. */
const lastOutputMs = 500;

/** Runs one program, without a shell, in a process group of its own, of which nothing is left when it has ended. */
export async function runCommand(command: Command): Promise<CommandEnd> {
  if (command.signal.aborted) return { kind: 'stopped' };
  const mark = command.leftovers.begin();
  const [file = '', ...args] = command.run;
  const child = spawn(file, args, {
    cwd: command.directory,
    env: { ...command.environment, [markName]: mark },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    return await outcomeOf(child, mark, command);
  } finally {
    child.stdout?.destroy();
    child.stderr?.destroy();
    command.leftovers.end(mark);
  }
}

async function outcomeOf(child: ChildProcess, mark: string, command: Command): Promise<CommandEnd> {
  const ended = endOf(child);
  const closed = once(child, 'close').catch(() => undefined);
  const { pid } = child;
  if (pid === undefined) return ended;
  forward(child, command.onOutput);
  const cut = await cutShort(pid, command, ended);
  if (cut && cut.kind !== 'too_many_processes') await terminate(pid);
  signalGroup(pid, 'SIGKILL');
  await endMarked(mark);
  const end = await ended;
  await Promise.race([closed, delay(lastOutputMs)]);
  return cut ?? end;
}

function endOf(child: ChildProcess): Promise<CommandEnd> {
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'ENOENT' ? 'was not found' : `could not be started: ${error.code}`;
      if (child.pid === undefined) resolve({ kind: 'not_started', why });
    });
    // 'exit' and not 'close': a grandchild may hold the pipes open
    child.once('exit', (code, signal) => {
      resolve(signal ? { kind: 'killed', signal } : { kind: 'exited', code: code ?? 0 });
    });
  });
}

function forward(child: ChildProcess, onOutput: (text: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    const decoder = new StringDecoder('utf8');
    stream?.on('data', (chunk: Buffer) => onOutput(decoder.write(chunk)));
  }
}

/** Why the command must end before it ends by itself; undefined when it has ended by itself. */
async function cutShort(
  group: number,
  { signal, timeoutMs }: Command,
  ended: Promise<CommandEnd>,
): Promise<CommandEnd | undefined> {
  const over = new AbortController();
  const cut = new Promise<CommandEnd | undefined>((resolve) => {
    const stopped = (): void => resolve({ kind: 'stopped' });
    const timer = setTimeout(() => resolve({ kind: 'timed_out' }), timeoutMs);
    const watch = setInterval(() => {
      if (membersOf(group).length > maxProcesses) resolve({ kind: 'too_many_processes' });
    }, watchEveryMs);
    signal.addEventListener('abort', stopped, { once: true });
    over.signal.addEventListener('abort', () => {
      clearTimeout(timer);
      clearInterval(watch);
      signal.removeEventListener('abort', stopped);
    });
    void ended.then(() => resolve(undefined));
  });
  try {
    return await cut;
  } finally {
    over.abort();
  }
}

async function terminate(group: number): Promise<void> {
  signalGroup(group, 'SIGTERM');
  await comesTrue(() => membersOf(group).length === 0, { withinMs: graceMs, everyMs: 50 });
}
