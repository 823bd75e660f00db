import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import picomatch from 'picomatch';

/**
 * Files and symbolic links below a folder that match any of the globs, sorted; a folder's name stands for all in it.
 * `.git` is never among them; links are not followed.
 */
export async function listFiles(root: string, globs: readonly string[]): Promise<string[]> {
  const patterns = globs.map((glob) => glob.replace(/^\.\//, '').replace(/\/$/, ''));
  const matches = picomatch(
    patterns.flatMap((pattern) => [pattern, `${pattern}/**`]),
    { dot: true },
  );
  const found: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      if (folder === '' && entry.name === '.git') continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) await walk(path);
      else if ((entry.isFile() || entry.isSymbolicLink()) && matches(path)) found.push(path);
    }
  };
  await walk('');
  // by code unit, whatever the locale: the order is part of the digest
  return found.sort();
}
