import { randomUUID } from 'node:crypto';
import { access, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { unlessNone } from './git.js';
import type { GitProgram } from './git.js';
import { RepositoryError } from './repository.js';

const mostAnswers = 1_000;
/** In characters; what is longer is asked again. */
const longestAnswer = 64_000;

/** A bare mirror of one repository, in a folder that only this process changes. */
export class Mirror {
  private refreshing: Promise<void> | undefined;
  private following: Promise<void> | undefined;
  /** Its branches and tags as `ls-remote` tells them, after this process has fetched. */
  private refs: string | undefined;
  /** Until its branches and tags move, the same question has the same answer. */
  private readonly answers = new Map<string, Promise<string>>();

  constructor(
    private readonly program: GitProgram,
    private readonly location: string,
    private readonly folder: string,
  ) {}

  /**
   * Reads the source once for all who ask while an earlier reading, which may have missed what they want, goes on.
   * @throws RepositoryError when it cannot be read
   */
  refresh(): Promise<void> {
    if (!this.refreshing) return this.beginRefresh();
    this.following ??= this.refreshing.then(ignore, ignore).then(() => {
      this.following = undefined;
      return this.beginRefresh();
    });
    return this.following;
  }

  /** Asks git about what is mirrored; clones first where nothing is. */
  async ask(...args: string[]): Promise<string> {
    await access(this.folder).catch(() => this.refresh());
    const question = args.join('\0');
    return this.answers.get(question) ?? this.answer(question, args);
  }

  async push(refspec: string): Promise<void> {
    const git = await this.program.in(this.folder);
    // Of a mirror, git would push all or nothing.
    await git('-c', 'remote.origin.mirror=false', 'push', 'origin', refspec);
  }

  private answer(question: string, args: string[]): Promise<string> {
    const asked = this.program.in(this.folder).then((git) => git(...args));
    if (this.answers.size >= mostAnswers) this.answers.clear();
    this.answers.set(question, asked);
    const drop = (): boolean => this.answers.get(question) === asked && this.answers.delete(question);
    void asked.then((text) => text.length > longestAnswer && drop(), drop);
    return asked;
  }

  private beginRefresh(): Promise<void> {
    const refreshing = this.update().finally(() => (this.refreshing = undefined));
    this.refreshing = refreshing;
    return refreshing;
  }

  private async update(): Promise<void> {
    try {
      const exists = await access(this.folder).then(
        () => true,
        () => false,
      );
      if (exists) await this.fetch();
      else await this.clone();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new RepositoryError(`${this.location} cannot be read: ${why}`, 'is it there, and may this user read it?');
    }
  }

  private async clone(): Promise<void> {
    const fresh = `${this.folder}.${randomUUID()}`;
    const git = await this.program.in(dirname(this.folder));
    try {
      await git('clone', '--mirror', '--', this.location, fresh);
      await rename(fresh, this.folder);
    } finally {
      await rm(fresh, { recursive: true, force: true });
      this.forget();
    }
  }

  /** Fetches what has moved, and follows a HEAD that points to another branch now, which fetch alone does not. */
  private async fetch(): Promise<void> {
    const git = await this.program.in(this.folder);
    const there = await git('ls-remote', '--symref', 'origin');
    if (there === this.refs) return;
    try {
      await git('fetch', '--prune', '--force', 'origin', '+refs/*:refs/*');
      const branch = /^ref: (\S+)\s+HEAD/m.exec(there)?.[1];
      // One that is younger than what was fetched comes next time.
      const isFetched = branch !== undefined && (await unlessNone(git('show-ref', '--verify', branch))) !== undefined;
      if (isFetched) await git('symbolic-ref', 'HEAD', branch);
    } finally {
      this.forget();
    }
    this.refs = await git('ls-remote', '--symref', '.');
  }

  private forget(): void {
    this.refs = undefined;
    this.answers.clear();
  }
}

function ignore(): void {
  return undefined;
}
