import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, lstat, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The user a server runs as. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: there it gets a user of its own. Undefined: the current user will do. */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // The next name, then.
    }
  }
  throw new Error('PostgreSQL cannot run as root, and there is no user postgres or nobody to run it as');
}

/**
 * A folder that `user` can reach: `folder` itself, or one of its own where a parent is closed to that user. Earlier builds
 * made that in /var/tmp, where systems remove what nobody has read for a month; it is used where it is.
 */
export async function reachable(folder: string, user: ServerUser | undefined): Promise<string> {
  if (!user || (await canReach(folder, user))) return folder;
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  const earlier = `/var/tmp/signalbox-${hash}`;
  const other = (await lstat(earlier).catch(() => undefined)) ? earlier : `/var/lib/signalbox-${hash}`;
  await mkdir(other, { recursive: true, mode: 0o711 });
  // Anybody may make a folder in /var/tmp: what somebody else has put into it is not run.
  if ((await lstat(other)).uid !== process.getuid?.()) throw new Error(`${other} belongs to somebody else; remove it`);
  return other;
}

/** The server's programs where `user` can run them: copied, if they lie in a closed folder. */
export async function reachablePrograms(native: string, user: ServerUser | undefined): Promise<string> {
  const folder = await reachable(native, user);
  if (folder === native) return native;
  const copy = join(folder, 'native');
  const done = join(copy, 'bin', 'postgres');
  if (!(await stat(done).catch(() => undefined))) {
    await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  }
  return copy;
}

async function canReach(path: string, user: ServerUser): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => undefined);
    if (found && !mayEnter(found, user)) return false;
    if (folder === dirname(folder)) return true;
  }
}

function mayEnter(folder: { mode: number; uid: number; gid: number }, user: ServerUser): boolean {
  if (folder.uid === user.uid) return (folder.mode & 0o100) !== 0;
  if (folder.gid === user.gid) return (folder.mode & 0o010) !== 0;
  return (folder.mode & 0o001) !== 0;
}
