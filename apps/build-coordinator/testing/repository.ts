import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const author = ['-c', 'user.name=Author', '-c', 'user.email=author@example.test', '-c', 'commit.gpgSign=false'];

export interface TestRepository {
  location: string;
  commit: string;
}

/** A git repository with one commit of these files, in a folder below this one. */
export async function aRepository(folder: string, files: Record<string, string>): Promise<TestRepository> {
  const location = await mkdtemp(join(folder, 'repository-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(location, name)), { recursive: true });
    await writeFile(join(location, name), content);
  }
  const git = (...args: string[]) => run('git', ['-C', location, ...author, ...args]);
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'feat: first');
  const { stdout } = await git('rev-parse', 'HEAD');
  return { location, commit: stdout.trim() };
}
