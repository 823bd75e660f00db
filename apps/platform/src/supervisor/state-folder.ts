import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from './usage-error.js';

/**
 * Step by step: where a file system takes no folders, as /proc does not, `recursive` never comes to an end.
 * @throws UsageError
 */
export async function makeStateFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return;
  if (dirname(folder) !== folder) await makeStateFolder(dirname(folder));
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    throw new UsageError(`${folder} cannot be made: ${code}\nfix: SIGNALBOX_STATE=<folder> names a place for all data`);
  }
}
