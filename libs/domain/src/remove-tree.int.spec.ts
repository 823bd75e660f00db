import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from '@jest/globals';

/** Root may remove anything: the removal is somebody else's then, who must be able to come to this Node. */
const nobody: { uid?: number; gid?: number } =
  process.getuid?.() === 0 && isOpenToAll(process.execPath) ? { uid: 65_534, gid: 65_534 } : {};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-tree-'));
  // Where nobody may read it, whoever may read the checkout.
  copyFileSync(join(import.meta.dirname, 'remove-tree.ts'), join(folder, 'remove-tree.ts'));
  chmodSync(join(folder, 'remove-tree.ts'), 0o644);
  chmodSync(folder, 0o777);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('removes folders that their owner may not write, as Go leaves its modules', async () => {
  const module = join(folder, 'workspace', 'modules', 'text@v1.0.0');
  mkdirSync(module, { recursive: true });
  writeFileSync(join(module, 'text.go'), 'package text\n', { mode: 0o444 });
  const folders = ['workspace', 'workspace/modules', 'workspace/modules/text@v1.0.0'].map((name) => join(folder, name));
  const { uid, gid } = nobody;
  if (uid !== undefined && gid !== undefined)
    for (const path of [...folders, join(module, 'text.go')]) chownSync(path, uid, gid);
  for (const path of folders.toReversed()) chmodSync(path, 0o555);

  await removeAsNobody(join(folder, 'workspace'));
  expect(existsSync(join(folder, 'workspace'))).toBe(false);
});

it('of what is not there is content', async () => {
  await removeAsNobody(join(folder, 'nothing'));
});

function isOpenToAll(path: string): boolean {
  return (statSync(path).mode & 0o001) !== 0 && (path === '/' || isOpenToAll(dirname(path)));
}

async function removeAsNobody(path: string): Promise<void> {
  const program = `import { removeTree } from './remove-tree.ts'; await removeTree(${JSON.stringify(path)});`;
  const args = ['--no-warnings', '--input-type=module', '--eval', program];
  await promisify(execFile)(process.execPath, args, { cwd: folder, ...nobody });
}
