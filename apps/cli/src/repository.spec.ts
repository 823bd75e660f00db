import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openWorkingTree, refuseOtherPath } from './repository.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-tree-'));
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder });
  git('init', '--quiet');
  git('-c', 'user.name=Dev', '-c', 'user.email=dev@example.com', 'commit', '--quiet', '--allow-empty', '-m', 'begin');
  mkdirSync(join(folder, 'services', 'api'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

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
