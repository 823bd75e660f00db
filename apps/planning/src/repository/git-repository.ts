import { createHash } from 'node:crypto';
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
const gitTimeoutMs = 120_000;

/** Runs git in a folder; what it printed, without the last newline. Rejects, with what it complained of, when it fails. */
type Git = (...args: string[]) => Promise<string>;

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
    const commit = await git('rev-parse', '--verify', '--quiet', `${ref ?? 'HEAD'}^{commit}`).catch(() => '');
    if (commit === '') {
      throw ref === undefined
        ? new RepositoryError(`${location} has no commits`, 'commit first')
        : new RepositoryError(`${location} has no commit ${ref}`, 'push it, or name one that is there');
    }
    const file = path === '.' ? 'signalbox.yaml' : `${path}/signalbox.yaml`;
    const manifest = await git('show', `${commit}:${file}`).catch(() => undefined);
    return { commit, ...(manifest !== undefined && { manifest }) };
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

  async isAncestor(location: string, ancestor: string, commit: string): Promise<boolean> {
    const git = await this.mirror(location);
    const base = await git('merge-base', ancestor, commit).catch(() => '');
    return base === ancestor;
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
    const existing = await git('rev-parse', '--verify', '--quiet', `refs/tags/${name}^{commit}`).catch(() => '');
    if (existing !== '' && existing !== commit)
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
    // A repository owned by another user is read all the same: upload-pack only looks into the global file.
    const config = join(this.directory, 'gitconfig');
    await writeFile(config, '[safe]\n\tdirectory = *\n', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    const env = {
      ...this.environment,
      GIT_ALLOW_PROTOCOL: this.rules.protocols,
      GIT_CONFIG_GLOBAL: config,
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C',
    };
    // Clean-up would end this process by signals that Node ignores, as SIGXFSZ of a full disk.
    const options = { cwd: directory, env, extendEnv: false, timeout: gitTimeoutMs, cleanup: false };
    return async (...args) => {
      try {
        return (await execa('git', args, options)).stdout;
      } catch (error) {
        throw error instanceof ExecaError ? new Error(complaintOf(error), { cause: error }) : error;
      }
    };
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
      if (exists) await this.update(path);
      else await this.clone(location, path);
    } catch (error) {
      if (error instanceof RepositoryError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new RepositoryError(`${location} cannot be read: ${why}`, 'is it there, and may this user read it?');
    }
  }

  private async clone(location: string, path: string): Promise<void> {
    const fresh = `${path}.new`;
    await rm(fresh, { recursive: true, force: true });
    const git = await this.git(this.directory);
    await git('clone', '--mirror', '--', location, fresh);
    await rename(fresh, path);
  }

  /** `fetch` does not follow a HEAD that has moved to another branch. */
  private async update(path: string): Promise<void> {
    const git = await this.git(path);
    const [answer] = await Promise.all([
      git('ls-remote', '--symref', 'origin', 'HEAD'),
      git('fetch', '--prune', '--force', 'origin', '+refs/*:refs/*'),
    ]);
    const branch = /^ref: (\S+)\s+HEAD/m.exec(answer)?.[1];
    if (branch) await git('symbolic-ref', 'HEAD', branch);
  }
}

/** Arguments of `git log`: what came after `base` and touches the paths. */
function scopeOf(base: string | undefined, commit: string, paths: readonly string[]): string[] {
  const filter = paths.filter((path) => path !== '**').map((path) => `:(glob)${path}`);
  return [commit, ...(base === undefined ? [] : [`^${base}`]), '--', ...filter];
}

/** The line of git's that says why. */
function complaintOf({ stderr, shortMessage }: ExecaError): string {
  const lines = String(stderr ?? '').split('\n');
  const reason = lines.find((line) => /^(?:fatal:|error:| ! )/.test(line)) ?? lines.find((line) => line !== '');
  return (reason ?? shortMessage).replace(/^(?:fatal|error): | ! /, '');
}
