import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listFiles } from '../workspace/files.js';
import { PackError, packTree } from './pack.js';

let folder: string;
const target = (name: string): string => join(folder, `${name}.tar`);

async function aTree(name: string): Promise<string> {
  const root = join(folder, name);
  await mkdir(join(root, 'dist/deep'), { recursive: true });
  await mkdir(join(root, '.git'));
  await writeFile(join(root, '.git/config'), name);
  await writeFile(join(root, 'dist/b.js'), 'b');
  await writeFile(join(root, 'dist/deep/.hidden'), '');
  await writeFile(join(root, 'a.js'), 'a');
  await symlink('dist/b.js', join(root, 'link'));
  return root;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-pack-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('packing', () => {
  it('depends on names, contents and executability, on nothing else', async () => {
    const [one, two] = [await aTree('one'), await aTree('two')];
    await utimes(join(two, 'a.js'), 1, 1);
    await chmod(join(two, 'dist/b.js'), 0o600);
    const first = await packTree(one, await listFiles(one, ['**']), target('one'));
    const second = await packTree(two, await listFiles(two, ['**']), target('two'));
    expect(second).toEqual(first);
    await chmod(join(two, 'a.js'), 0o755);
    expect((await packTree(two, await listFiles(two, ['**']), target('two'))).digest).not.toBe(first.digest);
  });

  it('takes what the globs name: files, folders, hidden ones, never .git', async () => {
    const root = await aTree('globs');
    expect(await listFiles(root, ['**'])).toEqual(['a.js', 'dist/b.js', 'dist/deep/.hidden', 'link']);
    expect(await listFiles(root, ['dist/', './a.*'])).toEqual(['a.js', 'dist/b.js', 'dist/deep/.hidden']);
  });

  it('refuses links that leave the tree', async () => {
    const root = await aTree('links');
    for (const [name, to] of [
      ['absolute', '/etc/passwd'],
      ['upwards', '../outside'],
    ] as const) {
      await symlink(to, join(root, name));
      await expect(packTree(root, [name], target('links'))).rejects.toThrow(PackError);
    }
  });
});
