import { createHash } from 'node:crypto';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { simpleGit } from 'simple-git';
import type { SimpleGit } from 'simple-git';
import type { Commit } from '../version/version.js';
import { RepositoryError } from './repository.js';
import type { Checkout, Repository } from './repository.js';
import type { RepositoryRules } from './repository-rules.js';

const field = '\u001f';
/** No message can hold it; a person may have typed any other character. */
const record = '\0';
const gitTimeoutMs = 120_000;

/** Bare mirrors under one folder, one per location. */
export class GitRepository implements Repository {
  private readonly fetching = new Map<string, Promise<void>>();

  constructor(
    private readonly directory: string,
    /** PATH and HOME for git; nothing else of ours reaches it. */
    private readonly environment: { PATH: string; HOME: string },
    private readonly rules: RepositoryRules,
  ) {}

  refresh(location: string): Promise<void> {
    const running = this.fetching.get(location);
    if (running) return running;
    const fetch = this.fetch(location).finally(() => this.fetching.delete(location));
    this.fetching.set(location, fetch);
    return fetch;
  }

  async checkout(location: string, ref: string | undefined, path: string): Promise<Checkout> {
    if (ref?.startsWith('-')) throw new RepositoryError(`${ref} is not the name of a commit`);
    const git = await this.mirror(location);
    const commit = await git.revparse(['--verify', '--quiet', `${ref ?? 'HEAD'}^{commit}`]).catch(() => '');
    if (commit === '') {
      throw ref === undefined
        ? new RepositoryError(`${location} has no commits`, 'commit first')
        : new RepositoryError(`${location} has no commit ${ref}`, 'push it, or name one that is there');
    }
    const file = path === '.' ? 'signalbox.yaml' : `${path}/signalbox.yaml`;
    const manifest = await git.raw(['show', `${commit}:${file}`]).catch(() => undefined);
    return { commit, ...(manifest !== undefined && { manifest }) };
  }

  async tagsUpTo(location: string, commit: string): Promise<Map<string, string>> {
    const git = await this.mirror(location);
    const format = `--format=%(refname:short)${field}%(objectname)${field}%(*objectname)`;
    const listed = await git.raw(['tag', '--merged', commit, format]);
    const rows = listed.split('\n').filter((line) => line !== '');
    return new Map(
      rows.map((line) => {
        const [name = '', object = '', peeled = ''] = line.split(field);
        return [name, peeled || object];
      }),
    );
  }

  async isAncestor(location: string, ancestor: string, commit: string): Promise<boolean> {
    const git = await this.mirror(location);
    const base = await git.raw(['merge-base', ancestor, commit]).catch(() => '');
    return base.trim() === ancestor;
  }

  async commitsSince(
    location: string,
    base: string | undefined,
    commit: string,
    paths: readonly string[],
  ): Promise<Commit[]> {
    const git = await this.mirror(location);
    const format = `--format=%H${field}%cI${field}%ae${field}%B`;
    const log = await git.raw([
      'log',
      '-z',
      '--no-merges',
      '--max-count=20000',
      format,
      ...scopeOf(base, commit, paths),
    ]);
    return log
      .split(record)
      .map((entry) => entry.split(field))
      .filter((parts) => parts.length >= 4)
      .map(([sha = '', committedAt = '', authorEmail = '', ...rest]) => ({
        sha,
        committedAt: new Date(committedAt).toISOString(),
        authorEmail,
        message: rest.join(field),
      }));
  }

  async authorsSince(
    location: string,
    base: string | undefined,
    commit: string,
    paths: readonly string[],
  ): Promise<string[]> {
    const git = await this.mirror(location);
    const log = await git.raw(['log', '-z', '--format=%ae', ...scopeOf(base, commit, paths)]);
    return [...new Set(log.split(record).filter((email) => email !== ''))];
  }

  async tag(location: string, name: string, commit: string): Promise<void> {
    this.rules.refuseOther(location);
    const git = await this.mirror(location);
    const existing = await git.revparse(['--verify', '--quiet', `refs/tags/${name}^{commit}`]).catch(() => '');
    if (existing !== '' && existing !== commit)
      throw new RepositoryError(`tag ${name} is at ${existing.slice(0, 7)} already`);
    await git.raw(['push', 'origin', `${commit}:refs/tags/${name}`]);
  }

  private async mirror(location: string): Promise<SimpleGit> {
    const path = this.pathOf(location);
    await access(path).catch(() => this.refresh(location));
    return this.git(path);
  }

  private pathOf(location: string): string {
    return join(this.directory, createHash('sha256').update(location).digest('hex').slice(0, 24));
  }

  private async git(directory: string): Promise<SimpleGit> {
    // A repository owned by another user is read all the same: upload-pack only looks into the global file.
    const config = join(this.directory, 'gitconfig');
    await writeFile(config, '[safe]\n\tdirectory = *\n', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    return simpleGit(directory, {
      timeout: { block: gitTimeoutMs },
      unsafe: { allowUnsafeConfigPaths: true },
      allowEnvironment: ['GIT_ALLOW_PROTOCOL', 'GIT_CONFIG_GLOBAL', 'GIT_TERMINAL_PROMPT'],
    }).env({
      ...this.environment,
      GIT_ALLOW_PROTOCOL: this.rules.protocols,
      GIT_CONFIG_GLOBAL: config,
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C',
    });
  }

  private async fetch(location: string): Promise<void> {
    this.rules.refuseOther(location);
    const path = this.pathOf(location);
    await mkdir(this.directory, { recursive: true });
    try {
      const exists = await access(path).then(
        () => true,
        () => false,
      );
      if (exists) await (await this.git(path)).raw(['fetch', '--prune', '--force', 'origin', '+refs/*:refs/*']);
      else await this.clone(location, path);
      await this.followHead(location, path);
    } catch (error) {
      if (error instanceof RepositoryError) throw error;
      throw new RepositoryError(
        `${location} cannot be read: ${firstLine(error)}`,
        'is it there, and may this user read it?',
      );
    }
  }

  private async clone(location: string, path: string): Promise<void> {
    const fresh = `${path}.new`;
    await rm(fresh, { recursive: true, force: true });
    await (await this.git(this.directory)).raw(['clone', '--mirror', '--', location, fresh]);
    await rename(fresh, path);
  }

  /** `fetch` does not follow a HEAD that has moved to another branch. */
  private async followHead(location: string, path: string): Promise<void> {
    const git = await this.git(path);
    const answer = await git.raw(['ls-remote', '--symref', location, 'HEAD']);
    const branch = /^ref: (\S+)\s+HEAD/m.exec(answer)?.[1];
    if (branch) await git.raw(['symbolic-ref', 'HEAD', branch]);
  }
}

/** Arguments of `git log`: what came after `base` and touches the paths. */
function scopeOf(base: string | undefined, commit: string, paths: readonly string[]): string[] {
  const filter = paths.filter((path) => path !== '**').map((path) => `:(glob)${path}`);
  return [commit, ...(base === undefined ? [] : [`^${base}`]), '--', ...filter];
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const fatal = message.split('\n').find((line) => line.startsWith('fatal:'));
  return (fatal ?? message.split('\n')[0] ?? '').replace(/^fatal: /, '');
}
