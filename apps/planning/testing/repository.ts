import { execFile, execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A real git repository in a folder, whose author is Ann unless said otherwise. */
export class TestRepository {
  private constructor(readonly location: string) {}

  static async create(folder: string, manifest: string): Promise<TestRepository> {
    await mkdir(folder, { recursive: true });
    const repository = new TestRepository(folder);
    await repository.git('init', '-q', '-b', 'main');
    await repository.commit('feat: the beginning', { 'signalbox.yaml': manifest });
    return repository;
  }

  async commit(message: string, files: Record<string, string> = {}, email = 'ann@example.com'): Promise<string> {
    for (const [name, content] of Object.entries(files)) await writeFile(join(this.location, name), content);
    await this.git('add', '-A');
    const author = ['-c', 'user.name=A', '-c', `user.email=${email}`];
    await this.git(...author, 'commit', '-q', '--allow-empty', '-m', message);
    return (await this.git('rev-parse', 'HEAD')).trim();
  }

  async git(...args: string[]): Promise<string> {
    return (await run('git', args, { cwd: this.location, env: this.environment })).stdout;
  }

  /** Many commits at once, as a stream of `git fast-import`. */
  fastImport(stream: string): void {
    execFileSync('git', ['fast-import', '--quiet', '--force'], {
      cwd: this.location,
      env: this.environment,
      input: stream,
    });
  }

  private get environment() {
    return { PATH: process.env['PATH'], HOME: this.location, GIT_CONFIG_NOSYSTEM: '1' };
  }
}
