import type { Commit } from '../version/version.js';

/** What a draft release needs to know of its repository at one commit. */
export interface Checkout {
  commit: string;
  /** Text of `signalbox.yaml` there; undefined where there is none. */
  manifest?: string;
}

/** Names a repository that cannot be read, and why, in words for the release's author. */
export class RepositoryError extends Error {
  constructor(
    message: string,
    readonly fix?: string,
  ) {
    super(message);
  }
}

/** A source repository, read through planning's own mirror. */
export interface Repository {
  /** Brings the mirror up to date; throws RepositoryError when the source cannot be read. */
  refresh(location: string): Promise<void>;
  /** @param ref branch, tag or commit; undefined: the default branch */
  checkout(location: string, ref: string | undefined, path: string): Promise<Checkout>;
  /** Tags that are ancestors of the commit, by name, with their commits. */
  tagsUpTo(location: string, commit: string): Promise<Map<string, string>>;
  /** The first of these commits that is an ancestor of the commit. */
  firstAncestor(location: string, candidates: readonly string[], commit: string): Promise<string | undefined>;
  /** Commits after `base` (all, when undefined) that touch the paths, newest first, at most 20,000, merges left out. */
  commitsSince(location: string, base: string | undefined, commit: string, paths: readonly string[]): Promise<Commit[]>;
  /** E-mails of everybody who wrote or merged one of all the commits in that scope, each once. */
  authorsSince(location: string, base: string | undefined, commit: string, paths: readonly string[]): Promise<string[]>;
  /** Creates the tag at the source, where one at this commit is fine; throws RepositoryError when it cannot. */
  tag(location: string, name: string, commit: string): Promise<void>;
}
