import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processesWith } from './proc.js';
import { signalProcess } from './signal.js';

/** In the environment of all that a command starts: finds what has left its process group. */
export const markName = 'SIGNALBOX_COMMAND';
const rounds = 50;
const pauseMs = 20;

/** Remembers on disk which commands run, for the next runner if this one is killed. */
export class Leftovers {
  constructor(private readonly directory: string) {}

  /** @returns the mark of a new command */
  begin(): string {
    const mark = randomUUID();
    writeFileSync(join(this.directory, mark), '');
    return mark;
  }

  end(mark: string): void {
    rmSync(join(this.directory, mark), { force: true });
  }
}

/** Ends what is left of the commands of a runner that could not do it itself. */
export async function endLeftovers(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const mark of await readdir(directory)) {
    await endMarked(mark);
    rmSync(join(directory, mark), { force: true });
  }
}

/** Kills until there is none: those that fork while they are being killed take more than one round. */
export async function endMarked(mark: string): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const pids = processesWith(`${markName}=${mark}`);
    if (pids.length === 0) return;
    for (const pid of pids) signalProcess(pid, 'SIGKILL');
    await delay(pauseMs);
  }
}
