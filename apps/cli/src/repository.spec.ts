import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isPlaceOf, openWorkingTree, refuseOtherPath, sharesHistory } from './repository.js';

let base: string;
let folder: string;
const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd });
const commit = (cwd: string, message: string) =>
  git(cwd, '-c', 'user.name=D', '-c', 'user.email=d@example.com', 'commit', '--quiet', '--allow-empty', '-m', message);

/** A repository with one commit, beside the others of a test. */
function begun(name: string): string {
  const directory = join(base, name);
  mkdirSync(directory);
  git(directory, 'init', '--quiet');
  commit(directory, `begin ${name}`);
  return directory;
}
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'signalbox-tree-')));
  folder = begun('tree');
  mkdirSync(join(folder, 'services', 'api'), { recursive: true });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const naming = (path: string) => `name: api\nrepository: { path: ${path} }\n`;

describe('a folder of a work tree', () => {
  it('knows where it stands', async () => {
    expect((await openWorkingTree(folder)).path).toBe('.');
    expect((await openWorkingTree(join(folder, 'services', 'api'))).path).toBe('services/api');
  });

  it.each([
    ['no path', 'name: api\n', 'no repository.path, which is the root'],
    ['the root', naming('.'), 'repository.path .'],
    ['its neighbour', naming('services/web'), 'repository.path services/web'],
  ])('is refused a definition that names %s', async (_what, text, says) => {
    const tree = await openWorkingTree(join(folder, 'services', 'api'));
    await expect(refuseOtherPath(tree, text)).rejects.toMatchObject({
      exitCode: 2,
      message: `services/api/signalbox.yaml names ${says}: builds would run there, not in services/api`,
      details: { fix: 'repository: { path: "services/api" } in services/api/signalbox.yaml, then commit it' },
    });
  });

  it('takes one that names it, however written, and one that nobody can read', async () => {
    const tree = await openWorkingTree(join(folder, 'services', 'api'));
    for (const text of [naming('services/api'), naming('./services/api/'), 'name: [broken'])
      await expect(refuseOtherPath(tree, text)).resolves.toBeUndefined();
    await expect(refuseOtherPath(await openWorkingTree(folder), naming('services/api'))).resolves.toBeUndefined();
  });
});

describe('the place where services read an application', () => {
  it('is this folder, or what it was cloned from, however written', async () => {
    const tree = await openWorkingTree(join(folder, 'services', 'api'));
    symlinkSync(folder, join(base, 'link'));
    git(folder, 'remote', 'add', 'origin', 'https://git.example.com/shop.git');
    const here = [folder, `${folder}/`, `file://${folder}`, join(base, 'link'), 'https://git.example.com/shop'];
    for (const place of here) expect([place, await isPlaceOf(tree, place)]).toEqual([place, true]);
    for (const place of [begun('other'), 'https://git.example.com/blog.git'])
      expect([place, await isPlaceOf(tree, place)]).toEqual([place, false]);
  });

  it('may have begun as this folder, or as another, or cannot be looked into', async () => {
    git(base, 'clone', '--quiet', '--bare', folder, 'clone');
    commit(folder, 'more');
    git(base, 'clone', '--quiet', '--depth', '1', `file://${folder}`, 'shallow');
    const tree = await openWorkingTree(folder);
    const known = (name: string) => sharesHistory(tree, join(base, name));
    expect([await known('clone'), await known('shallow')]).toEqual([true, true]);
    expect(await sharesHistory(await openWorkingTree(join(base, 'shallow')), folder)).toBe(true);
    expect(await sharesHistory(tree, begun('other'))).toBe(false);
    for (const place of [join(base, 'gone'), 'https://git.example.com/shop.git'])
      expect(await sharesHistory(tree, place)).toBeUndefined();
  });
});
