import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { identify, isAlive, type ProcessIdentity } from '../process/identity.js';

const owner = z.object({ pid: z.int(), start: z.string() });

export class DataInUseError extends Error {
  constructor(folder: string, pid: number) {
    super(`another host (pid ${pid}) uses ${folder}`);
  }
}

/** Takes the data folder for this process, also from an owner that is no more; returns how to give it back. */
export function lockFolder(folder: string): () => void {
  const path = `${folder}/host.lock`;
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(identify(process.pid)));
  try {
    while (!taken(mine, path)) {
      const present = readOwner(path);
      if (present && isAlive(present)) throw new DataInUseError(folder, present.pid);
      rmSync(path, { force: true });
    }
  } finally {
    rmSync(mine);
  }
  return () => rmSync(path, { force: true });
}

/** A link appears with its content, so nobody ever reads half an owner. */
function taken(mine: string, path: string): boolean {
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined: nobody, also where a machine that lost its power has left the file without its content. */
function readOwner(path: string): ProcessIdentity | undefined {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return owner.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
