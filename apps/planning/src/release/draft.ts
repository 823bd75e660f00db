import { draft, releasePlanned } from '@signalbox/domain';
import type { EffectiveManifest, EventDraft } from '@signalbox/domain';
import semver from 'semver';
import type { Commit, NothingNew, Proposal } from '../version/version.js';
import { proposeVersion } from '../version/version.js';
import { refOf } from './advance.js';
import { compilePlan, planHash } from './plan.js';
import type { Release } from './release.js';

/** How long what nobody has foreseen is tried again: a restart, a full disk, a fault of ours. */
const planWithinMs = 10 * 60_000;

/** What the repository and the registry say about a draft. */
export interface Facts {
  commit: string;
  definition: EffectiveManifest;
  definitionVersion: number;
  /** Environments that are protected by rules of the server's, whatever the file says of them. */
  guarded: readonly string[];
  base: { version: string; commit: string } | undefined;
  commits: readonly Commit[];
  /** E-mails of all who wrote or merged them, also beyond the commits that are told. */
  authors: readonly string[];
  taken: ReadonlySet<string>;
  /** The newest version that runs in any environment. */
  live?: string;
  /** The release of this very commit that is still on its way. */
  underway?: { id: string; version: string };
  /** The version that a tag gives this very commit. */
  tagged?: string;
}

export interface Settled {
  next: Release;
  events: EventDraft[];
}

/** Where a scope may begin: completed releases and tags, each an ancestor of the commit. */
export function newestBase(
  candidates: readonly { version: string; commit: string }[],
): { version: string; commit: string } | undefined {
  return newestFirst(candidates)[0];
}

/** Newest version first; what is not a version is left out. */
export function newestFirst<T extends { version: string }>(candidates: readonly T[]): T[] {
  return candidates
    .filter(({ version }) => semver.valid(version))
    .toSorted((a, b) => semver.rcompare(a.version, b.version));
}

/** The version in a tag written by `tagFormat`; undefined for other tags. */
export function versionOfTag(tag: string, tagFormat: string): string | undefined {
  const [before = '', after = ''] = tagFormat.split('${version}');
  if (!tag.startsWith(before) || !tag.endsWith(after)) return undefined;
  return semver.valid(tag.slice(before.length, tag.length - after.length)) ?? undefined;
}

/** Turns a draft into a planned release, or ends it with the reason why it cannot be one. */
export function settle(release: Release, facts: Facts, now: Date): Settled {
  const { bump } = release.wish;
  const given = givenVersion(release, facts);
  if ('refused' in given) return refuse(release, now, ...given.refused);
  const wish = { ...(given.version && { version: given.version }), ...(bump && { bump }) };
  const { definition, base, commits, taken, live, underway } = facts;
  if (underway !== undefined && Object.keys(wish).length === 0) return underwayAlready(release, underway, facts, now);
  const used = { taken, ...(live && { live }) };
  const proposal = proposeVersion(definition.version, base?.version, commits, used, wish);
  if ('nothing' in proposal) return nothingNew(release, proposal, facts, now);
  return planned(withProposal(release, proposal, facts), now);
}

type Refusal = [code: string, detail: string, fix: string];

/** The version that a person or a tag gives; undefined: the changes decide. */
function givenVersion(
  { wish, application }: Release,
  { definition, tagged, taken, commit }: Facts,
): { version: string | undefined } | { refused: Refusal } {
  const { source } = definition.version;
  const given = wish.version ?? (source === 'tag' && wish.bump === undefined ? tagged : undefined);
  if (given === undefined) {
    if (wish.bump !== undefined || source === 'conventional-commits') return { version: undefined };
    return source === 'tag'
      ? {
          refused: [
            'version_missing',
            `no version tag at ${commit.slice(0, 7)}`,
            'tag the commit, or give one: release create --set-version 1.4.0',
          ],
        }
      : {
          refused: [
            'version_missing',
            `versions of ${application} are given by hand`,
            'release create --set-version 1.4.0',
          ],
        };
  }
  const version = semver.valid(given);
  if (version === null) return { refused: ['invalid_version', `${given} is not a version`, 'give one such as 1.4.0'] };
  if (!taken.has(version)) return { version };
  const detail = `${application}@${version} exists already; versions are used once`;
  return { refused: ['version_taken', detail, 'give another, or none'] };
}

function withProposal(release: Release, proposal: Proposal, facts: Facts): Release {
  return {
    ...release,
    version: proposal.version,
    commit: facts.commit,
    ...(facts.base && { base: facts.base.version }),
    bump: proposal.bump,
    summary: proposal.summary,
    notes: release.wish.notes ?? proposal.notes,
    changes: proposal.changes,
    changeAuthors: [...new Set(facts.authors.map((email) => email.toLowerCase()))],
    definition: facts.definition,
    definitionVersion: facts.definitionVersion,
    ...compilePlan(facts.definition, facts.guarded),
  };
}

function planned(release: Release, now: Date): Settled {
  const plannedAt = now.toISOString();
  if (release.wish.dryRun) {
    const cause = { code: 'dry_run', detail: 'only a look at what a release would be' };
    return { next: { ...release, plannedAt, status: 'cancelled', endedAt: plannedAt, cause }, events: [] };
  }
  const { troubledSince: _over, ...rest } = release;
  const next: Release = { ...rest, plannedAt, status: 'planned' };
  const event = draft(releasePlanned, {
    subject: next.id,
    chainId: next.id,
    content: {
      ...refOf(next),
      actor: { principal: next.author.principal, name: next.author.name, kind: next.author.kind ?? 'person' },
      team: next.team,
      commit: next.commit,
      channel: next.channel,
      planHash: planHash(next),
      groups: next.groups.map(({ stages }) => ({ stages })),
      changes: next.changes,
    },
  });
  return { next, events: [event] };
}

/** The same changes once more would only wait behind themselves. */
function underwayAlready(
  release: Release,
  { id: releaseId, version }: { id: string; version: string },
  { commit }: Facts,
  now: Date,
): Settled {
  const detail = `${release.application}@${version} of ${commit.slice(0, 7)} is on its way already`;
  return callOff(release, commit, { code: 'already_underway', detail, fix: '--bump patch', releaseId }, now);
}

function nothingNew(release: Release, nothing: NothingNew, facts: Facts, now: Date): Settled {
  const since = facts.base
    ? facts.definition.version.tagFormat.replace('${version}', facts.base.version)
    : 'the beginning';
  const detail = `nothing to release since ${since} (${nothing.summary})`;
  return callOff(release, facts.commit, { code: 'nothing_to_release', detail, fix: '--bump patch' }, now);
}

function callOff(release: Release, commit: string, cause: Release['cause'], now: Date): Settled {
  const at = now.toISOString();
  return { next: { ...release, commit, plannedAt: at, status: 'cancelled', endedAt: at, cause }, events: [] };
}

/** Ends a draft that cannot become a release. */
export function refuse(
  release: Release,
  now: Date,
  code: string,
  detail: string,
  fix?: string,
  faults: readonly string[] = [],
): Settled {
  const at = now.toISOString();
  const cause = { code, detail, ...(fix && { fix }), ...(faults.length > 0 && { faults: [...faults] }) };
  return { next: { ...release, plannedAt: at, status: 'failed', endedAt: at, cause }, events: [] };
}

/** What nobody has foreseen is tried again; a draft whose planning has kept failing is ended with what the last try said. */
export function troubled(release: Release, now: Date, error: unknown): Settled {
  const since = release.troubledSince ?? now.toISOString();
  if (now.getTime() - Date.parse(since) < planWithinMs)
    return { next: release.troubledSince ? release : { ...release, troubledSince: since }, events: [] };
  const [message] = (error instanceof Error ? error.message : String(error)).split('\n');
  const detail = `could not be planned for ${planWithinMs / 60_000} minutes: ${message}`;
  return refuse(release, now, 'planning_errored', detail, 'see the log of planning, then create it again');
}
