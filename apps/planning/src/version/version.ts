import { DomainError } from '@signalbox/domain';
import type { Change, EffectiveManifest } from '@signalbox/domain';
import { CommitParser } from 'conventional-commits-parser';
import semver from 'semver';

export type Bump = 'major' | 'minor' | 'patch';

/** A commit as git tells it. */
export interface Commit {
  sha: string;
  committedAt: string;
  authorEmail: string;
  message: string;
}

export interface Proposal {
  version: string;
  bump: Bump | 'initial' | 'manual';
  /** `2 feat, 1 fix` */
  summary: string;
  notes: string;
  changes: Change[];
}

export interface NothingNew {
  nothing: true;
  /** `4 chore` */
  summary: string;
}

// The parser's own header pattern does not know the exclamation mark of a breaking change.
const header = /^(\w+)(?:\(([^)]*)\))?!?: (.*)$/;
const parser = new CommitParser({
  headerPattern: header,
  breakingHeaderPattern: /^(\w+)(?:\(([^)]*)\))?!: (.*)$/,
  headerCorrespondence: ['type', 'scope', 'subject'],
  noteKeywords: ['BREAKING CHANGE', 'BREAKING-CHANGE'],
});

/** Reads a commit by Conventional Commits 1.0.0; one without a type keeps its first line as subject. */
export function readChange(commit: Commit): Change {
  const parsed = parser.parse(commit.message.trim() || '(empty message)');
  const firstLine = commit.message.split('\n')[0] ?? '';
  return {
    sha: commit.sha,
    committedAt: commit.committedAt,
    authorEmail: commit.authorEmail,
    subject: (parsed['subject'] as string | null) ?? firstLine,
    // Of any case: rule 15 of Conventional Commits 1.0.0.
    ...(parsed['type'] ? { type: parsed['type'].toLowerCase() } : {}),
    ...(parsed.notes.length > 0 ? { breaking: true } : {}),
  };
}

/** The bump the changes ask for; undefined when none of them does. In 0.x a breaking change bumps minor. */
export function bumpOf(changes: readonly Change[], base: string, fallback: 'none' | 'patch'): Bump | undefined {
  const initialDevelopment = semver.major(base) === 0;
  if (changes.some((change) => change.breaking)) return initialDevelopment ? 'minor' : 'major';
  if (changes.some((change) => change.type === 'feat')) return 'minor';
  if (changes.some((change) => change.type === 'fix' || change.type === 'perf' || change.type === 'revert'))
    return 'patch';
  return fallback === 'patch' && changes.length > 0 ? 'patch' : undefined;
}

/** `2 feat, 1 fix`, most frequent first. */
export function summarize(changes: readonly Change[]): string {
  const counts = new Map<string, number>();
  for (const { type = 'other' } of changes) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([type, count]) => `${count} ${type}`)
    .join(', ');
}

export interface VersionWish {
  /** By hand: exactly this version. */
  version?: string;
  /** By hand: this bump, whatever the changes say. */
  bump?: Bump;
}

/** Versions that a proposal has to give way to. */
export interface UsedVersions {
  /** Of every release there ever was. */
  taken: ReadonlySet<string>;
  /** The newest that runs in any environment, also of a release that went no further: what is lower could not follow it. */
  live?: string;
}

/**
 * Proposes the next version from the commits since `base`. A version that is taken, or lower than what runs, gives way
 * to the next free patch, except one asked for by hand, which the caller must refuse.
 */
export function proposeVersion(
  rules: EffectiveManifest['version'],
  base: string | undefined,
  commits: readonly Commit[],
  used: UsedVersions,
  wish: VersionWish,
): Proposal | NothingNew {
  const changes = commits.map(readChange);
  const about = { summary: summarize(changes), notes: notesOf(changes), changes: changes.slice(0, mostTold) };
  if (wish.version !== undefined) return { version: wish.version, bump: 'manual', ...about };
  if (base === undefined)
    return { version: nextFree(rules.initial, used), bump: 'initial', ...about, summary: 'first version' };
  const bump = wish.bump ?? bumpOf(changes, base, rules.fallback);
  if (bump === undefined) return { nothing: true, summary: about.summary || 'no commits' };
  return { version: nextFree(semver.inc(base, bump) ?? base, used), bump, ...about };
}

function nextFree(version: string, { taken, live }: UsedVersions): string {
  let candidate = live !== undefined && semver.lt(version, live) ? live : version;
  while (taken.has(candidate)) {
    const next = semver.inc(candidate, 'patch');
    if (next === null) throw new DomainError('invalid', `${candidate} is no version that another could follow`);
    candidate = next;
  }
  return candidate;
}

/** All count for the version; a person reads no more. */
const mostTold = 500;

const sections: [string, (change: Change) => boolean][] = [
  ['Breaking changes', (change) => change.breaking === true],
  ['Features', (change) => change.type === 'feat' && !change.breaking],
  ['Fixes', (change) => change.type === 'fix' && !change.breaking],
  ['Performance', (change) => change.type === 'perf' && !change.breaking],
];

/** Release notes in Markdown: what users notice, by section. */
export function notesOf(changes: readonly Change[]): string {
  return sections
    .map(([title, belongs]) => [title, changes.filter(belongs)] as const)
    .filter(([, members]) => members.length > 0)
    .map(([title, members]) => {
      const told = members.slice(0, mostTold).map((change) => `- ${change.subject} (${change.sha.slice(0, 7)})`);
      const more = members.length > mostTold ? [`- and ${members.length - mostTold} more`] : [];
      return [`### ${title}`, ...told, ...more].join('\n');
    })
    .join('\n\n');
}
