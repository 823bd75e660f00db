import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from '@jest/globals';

const made: string[] = [];
afterAll(() => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
});

/** A git repository with files of the test's own, removed after the last test of the file. */
export class TestRepository {
  readonly directory: string;

  /** @param existing a repository that is there already, and stays */
  constructor(existing?: string) {
    this.directory = existing ?? mkdtempSync(join(tmpdir(), 'signalbox-repo-'));
    if (existing !== undefined) return;
    made.push(this.directory);
    this.git('init', '--quiet', '--initial-branch=main');
  }

  write(files: Record<string, string>): this {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.directory, path)), { recursive: true });
      writeFileSync(join(this.directory, path), text);
    }
    return this;
  }

  commit(message: string, files: Record<string, string> = {}): string {
    this.write(files);
    this.git('add', '--all');
    this.git(
      '-c',
      'user.name=Dev',
      '-c',
      'user.email=dev@example.com',
      'commit',
      '--quiet',
      '--allow-empty',
      '-m',
      message,
    );
    return this.git('rev-parse', 'HEAD').trim();
  }

  git(...args: string[]): string {
    return execFileSync('git', args, { cwd: this.directory, encoding: 'utf8' });
  }
}
