import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa, ExecaError } from 'execa';
import type { Commit } from '../version/version.js';
import { RepositoryError } from './repository.js';
import type { Checkout, Repository } from './repository.js';
import type { RepositoryRules } from './repository-rules.js';

const field = '\u001f';
/** No message can hold it; a person may have typed any other character. */
const record = '\0';
/** Of one command as a whole, a first clone too. */
const gitTimeoutMs = 120_000;

/** Runs git in one folder. Resolves to what it printed; rejects with GitError. */
type Git = (...args: string[]) => Promise<string>;

/** In git's own words. */
class GitError extends Error {
  constructor(
    message: string,
    /** Undefined when git gave no answer in time. */
    readonly exitCode: number | undefined,
  ) {
    super(message);
  }
}

/** Bare mirrors under one folder, one per location. */
export class GitRepository implements Repository {
  private readonly fetching = new Map<string, Promise<void>>();
  private configured: Promise<string> | undefined;

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
    const commit = await unlessNone(git('rev-parse', '--verify', '--quiet', `${ref ?? 'HEAD'}^{commit}`));
    if (commit === undefined) {
      throw ref === undefined
        ? new RepositoryError(`${location} has no commits`, 'commit first')
        : new RepositoryError(`${location} has no commit ${ref}`, 'push it, or name one that is there');
    }
    const file = path === '.' ? 'signalbox.yaml' : `${path}/signalbox.yaml`;
    const manifest = await unlessNone(git('show', `${commit.trim()}:${file}`));
    return { commit: commit.trim(), ...(manifest !== undefined && { manifest }) };
  }

  async tagsUpTo(location: string, commit: string): Promise<Map<string, string>> {
    const git = await this.mirror(location);
    const format = `--format=%(refname:short)${field}%(objectname)${field}%(*objectname)`;
    const listed = await git('tag', '--merged', commit, format);
    const rows = listed.split('\n').filter((line) => line !== '');
    return new Map(
      rows.map((line) => {
        const [name = '', object = '', peeled = ''] = line.split(field);
        return [name, peeled || object];
      }),
    );
  }

  async firstAncestor(location: string, candidates: readonly string[], commit: string): Promise<string | undefined> {
    const git = await this.mirror(location);
    for (const candidate of candidates) {
      const answer = await unlessNone(git('merge-base', '--is-ancestor', candidate, commit));
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
    const git = await this.mirror(location);
    const format = `--format=%H${field}%cI${field}%ae${field}%B`;
    const scope = scopeOf(base, commit, paths);
    const log = await git('log', '-z', '--no-merges', '--max-count=20000', format, ...scope);
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
    const log = await git('log', '-z', '--format=%ae', ...scopeOf(base, commit, paths));
    return [...new Set(log.split(record).filter((email) => email !== ''))];
  }

  async tag(location: string, name: string, commit: string): Promise<void> {
    this.rules.refuseOther(location);
    const git = await this.mirror(location);
    const existing = await unlessNone(git('rev-parse', '--verify', '--quiet', `refs/tags/${name}^{commit}`));
    if (existing !== undefined && existing.trim() !== commit)
      throw new RepositoryError(`tag ${name} is at ${existing.slice(0, 7)} already`);
    await git('push', 'origin', `${commit}:refs/tags/${name}`);
  }

  private async mirror(location: string): Promise<Git> {
    const path = this.pathOf(location);
    await access(path).catch(() => this.refresh(location));
    return this.git(path);
  }

  private pathOf(location: string): string {
    return join(this.directory, createHash('sha256').update(location).digest('hex').slice(0, 24));
  }

  private async git(directory: string): Promise<Git> {
    this.configured ??= this.configure();
    const env = {
      ...this.environment,
      GIT_ALLOW_PROTOCOL: this.rules.protocols,
      GIT_CONFIG_GLOBAL: await this.configured,
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C',
    };
    const limits = { timeout: gitTimeoutMs, stripFinalNewline: false };
    return async (...args) => {
      try {
        // Clean-up would end this process at signals that Node ignores, as SIGXFSZ (a file over its size limit).
        return (await execa('git', args, { cwd: directory, env, extendEnv: false, cleanup: false, ...limits })).stdout;
      } catch (error) {
        // No cause: its message holds all that git has printed.
        throw error instanceof ExecaError ? new GitError(complaintOf(error), error.exitCode) : error;
      }
    };
  }

  /** A repository owned by another user is read all the same: upload-pack only looks into the global file. */
  private async configure(): Promise<string> {
    const config = join(this.directory, 'gitconfig');
    const fresh = `${config}.${randomUUID()}`;
    await mkdir(this.directory, { recursive: true });
    await writeFile(fresh, '[safe]\n\tdirectory = *\n');
    await rename(fresh, config);
    return config;
  }

  private async fetch(location: string): Promise<void> {
    this.rules.refuseOther(location);
    const path = this.pathOf(location);
    try {
      const exists = await access(path).then(
        () => true,
        () => false,
      );
      if (exists) await this.update(path);
      else await this.clone(location, path);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new RepositoryError(`${location} cannot be read: ${why}`, 'is it there, and may this user read it?');
    }
  }

  private async clone(location: string, path: string): Promise<void> {
    const fresh = `${path}.${randomUUID()}`;
    const git = await this.git(this.directory);
    try {
      await git('clone', '--mirror', '--', location, fresh);
      await rename(fresh, path);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  }

  /** Fetches, and follows a HEAD that has moved to another branch, which fetch alone does not. */
  private async update(path: string): Promise<void> {
    const git = await this.git(path);
    // Both are waited for, also when one fails: no other fetch may begin while this one works.
    const [asked, fetched] = await Promise.allSettled([
      git('ls-remote', '--symref', 'origin', 'HEAD'),
      git('fetch', '--prune', '--force', 'origin', '+refs/*:refs/*'),
    ]);
    if (fetched.status === 'rejected') throw fetched.reason;
    if (asked.status === 'rejected') throw asked.reason;
    const branch = /^ref: (\S+)\s+HEAD/m.exec(asked.value)?.[1];
    // One that is younger than what was fetched comes next time.
    const isFetched = branch !== undefined && (await unlessNone(git('show-ref', '--verify', branch))) !== undefined;
    if (isFetched) await git('symbolic-ref', 'HEAD', branch);
  }
}

/** Arguments of `git log`: what came after `base` and touches the paths. */
function scopeOf(base: string | undefined, commit: string, paths: readonly string[]): string[] {
  const filter = paths.filter((path) => path !== '**').map((path) => `:(glob)${path}`);
  return [commit, ...(base === undefined ? [] : [`^${base}`]), '--', ...filter];
}

/** Undefined where git answers that there is none; what it cannot tell is thrown. */
async function unlessNone(asked: Promise<string>): Promise<string | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof GitError && error.exitCode !== undefined) return undefined;
    throw error;
  }
}

const complaint = /^(?:(?:fatal|error): | ! )/;

/** The line of git's that says why. */
function complaintOf({ stderr, shortMessage, timedOut }: ExecaError): string {
  if (timedOut) return `git took longer than ${gitTimeoutMs / 1_000}s`;
  const lines = [...String(stderr ?? '').split('\n'), ...shortMessage.split('\n')].filter((line) => line !== '');
  const reason = lines.find((line) => complaint.test(line)) ?? lines[0] ?? 'git failed';
  return reason.replace(complaint, '');
}
