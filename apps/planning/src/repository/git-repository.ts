import { createHash } from 'node:crypto';
import { join, posix } from 'node:path';
import { gitReach } from '@signalbox/domain';
import type { GitVariable, PlanningConfig } from '../config.js';
import type { Commit } from '../version/version.js';
import { GitError, GitProgram, unlessNone } from './git.js';
import type { GitEnvironment } from './git.js';
import { Mirror } from './mirror.js';
import { RepositoryError } from './repository.js';
import type { Checkout, Repository } from './repository.js';
import type { RepositoryRules } from './repository-rules.js';

const field = '\u001f';
/** No message can hold it; a person may have typed any other character. */
const record = '\0';

/** PATH, HOME, and how this machine reaches repositories. */
export function gitEnvironmentOf({ PATH, HOME, ...variables }: Pick<PlanningConfig, GitVariable>): GitEnvironment {
  return { ...gitReach(variables), PATH, HOME };
}

/** Bare mirrors under one folder, one per location. */
export class GitRepository implements Repository {
  private readonly mirrors = new Map<string, Mirror>();
  private readonly program: GitProgram;

  constructor(
    private readonly directory: string,
    /** git's; nothing else of ours reaches it. */
    environment: GitEnvironment,
    private readonly rules: RepositoryRules,
  ) {
    this.program = new GitProgram(directory, environment, rules.protocols);
  }

  async refresh(location: string): Promise<void> {
    this.rules.refuseOther(location);
    await this.mirror(location).refresh();
  }

  async checkout(location: string, ref: string | undefined, path: string): Promise<Checkout> {
    if (ref?.startsWith('-')) throw new RepositoryError(`${ref} is not the name of a commit`);
    const mirror = this.mirror(location);
    const commit = await unlessNone(mirror.ask('rev-parse', '--verify', '--quiet', `${ref ?? 'HEAD'}^{commit}`));
    if (commit === undefined) {
      throw ref === undefined
        ? new RepositoryError(`${location} has no commits`, 'commit first')
        : new RepositoryError(`${location} has no commit ${ref}`, 'push it, or name one that is there');
    }
    // As git has it: neither `./web` nor `web/`.
    const file = posix.join(path, 'signalbox.yaml');
    const manifest = await unlessNone(mirror.ask('show', `${commit.trim()}:${file}`));
    return { commit: commit.trim(), ...(manifest !== undefined && { manifest }) };
  }

  async tagsUpTo(location: string, commit: string): Promise<Map<string, string>> {
    const mirror = this.mirror(location);
    const format = `--format=%(refname:strip=2)${field}%(objectname)${field}%(*objectname)`;
    const listed = await mirror.ask('tag', '--merged', commit, format);
    const rows = listed.split('\n').filter((line) => line !== '');
    return new Map(
      rows.map((line) => {
        const [name = '', object = '', peeled = ''] = line.split(field);
        return [name, peeled || object];
      }),
    );
  }

  async firstAncestor(location: string, candidates: readonly string[], commit: string): Promise<string | undefined> {
    const mirror = this.mirror(location);
    for (const candidate of candidates) {
      const answer = await unlessNone(mirror.ask('merge-base', '--is-ancestor', candidate, commit));
      if (answer !== undefined) return candidate;
    }
    return undefined;
  }

  async commitsSince(
    location: string,
    base: string | undefined,
    commit: string,
    paths: readonly string[],
  ): Promise<Commit[]> {
    const mirror = this.mirror(location);
    const format = `--format=%H${field}%cI${field}%ae${field}%B`;
    const scope = scopeOf(base, commit, paths);
    const log = await mirror.ask('log', '-z', '--no-merges', '--max-count=20000', format, ...scope);
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
    const mirror = this.mirror(location);
    const log = await mirror.ask('log', '-z', '--format=%ae', ...scopeOf(base, commit, paths));
    return [...new Set(log.split(record).filter((email) => email !== ''))];
  }

  async tag(location: string, name: string, commit: string): Promise<void> {
    this.rules.refuseOther(location);
    const mirror = this.mirror(location);
    try {
      const existing = await unlessNone(mirror.ask('rev-parse', '--verify', '--quiet', `refs/tags/${name}^{commit}`));
      if (existing !== undefined && existing.trim() !== commit)
        throw new RepositoryError(`tag ${name} is at ${existing.slice(0, 7)} already`);
      await mirror.push(`${commit}:refs/tags/${name}`);
    } catch (error) {
      throw error instanceof GitError ? new RepositoryError(error.message, 'may this user push tags there?') : error;
    }
  }

  private mirror(location: string): Mirror {
    const mirror = this.mirrors.get(location) ?? new Mirror(this.program, location, this.folderOf(location));
    this.mirrors.set(location, mirror);
    return mirror;
  }

  private folderOf(location: string): string {
    return join(this.directory, createHash('sha256').update(location).digest('hex').slice(0, 24));
  }
}

/** Arguments of `git log`: what came after `base` and touches the paths. */
function scopeOf(base: string | undefined, commit: string, paths: readonly string[]): string[] {
  const filter = paths.filter((path) => path !== '**').map((path) => `:(glob)${path}`);
  return [commit, ...(base === undefined ? [] : [`^${base}`]), '--', ...filter];
}
