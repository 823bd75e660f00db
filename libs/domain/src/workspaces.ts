import { join, sep } from 'node:path';

/** Where a process has its workspaces, and what it removes when it starts: nothing that others may have files in. */
export interface WorkspaceFolders {
  workspaces: string;
  removed: string[];
}

/**
 * @param data the process's own folder, where they are unless another one is named
 * @param named by the operator: perhaps a mount point, perhaps with other things in it
 * @param own name of the folder inside of it that is the process's alone
 */
export function workspaceFolders(data: string, named: string | undefined, own: string): WorkspaceFolders {
  const unnamed = join(data, 'workspaces');
  if (named === undefined) return { workspaces: unnamed, removed: [unnamed] };
  const workspaces = join(named, own);
  // Also what stood in the data folder before another was named, unless the named one is there.
  const isThere = workspaces.startsWith(unnamed + sep);
  return { workspaces, removed: isThere ? [workspaces] : [workspaces, unnamed] };
}
