import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Where builds and released applications have their files: in the installation's folder, unless a folder around it has
 * packages, which Node and npm would take for theirs. Then below the home folder, if that can be written to.
 */
export function workspacesOf(folder: string, home = homedir()): string {
  if (!hasPackagesAround(folder)) return folder;
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  // As in tools/launch/reset.mjs, which removes it.
  const elsewhere = join(home, '.local/state/signalbox', hash);
  if (hasPackagesAround(elsewhere)) return folder;
  try {
    mkdirSync(elsewhere, { recursive: true });
    return elsewhere;
  } catch {
    return folder;
  }
}

function hasPackagesAround(folder: string): boolean {
  const isHere = ['package.json', 'node_modules'].some((name) => existsSync(join(folder, name)));
  return isHere || (dirname(folder) !== folder && hasPackagesAround(dirname(folder)));
}
