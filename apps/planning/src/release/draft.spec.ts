import { describe, expect, it } from '@jest/globals';
import { releasePlanned } from '@signalbox/domain';
import { given } from '@signalbox/testing';
import { aDefinition, aDraft, start } from '../../testing/releases.js';
import { newestBase, settle, troubled, versionOfTag } from './draft.js';
import type { Facts } from './draft.js';
import type { Release } from './release.js';

const commits = (...messages: string[]) =>
  messages.map((message, index) => ({
    sha: `sha${index}`,
    committedAt: start.toISOString(),
    authorEmail: 'bob@example.com',
    message,
  }));
const facts = (more: Partial<Facts> = {}): Facts => ({
  commit: 'abcdef0123',
  definition: aDefinition(),
  definitionVersion: 3,
  guarded: [],
  base: { version: '1.0.0', commit: 'base' },
  commits: commits('feat: carts'),
  authors: ['Bob@Example.com', 'Cleo@Example.com', 'bob@example.com'],
  taken: new Set(['1.0.0']),
  ...more,
});
const drafted = (wish: Partial<Release['wish']> = {}): Release => {
  const draft = aDraft();
  return { ...draft, wish: { ...draft.wish, ...wish } };
};
const sourced = (source: 'tag' | 'manual') => aDefinition({ version: { source } });

describe('a draft', () => {
  it('becomes a planned release with version, changes, definition and plan', () => {
    const { next } = given(drafted())
      .when((release) => settle(release, facts(), start))
      .thenEvents(releasePlanned)
      .thenState({ status: 'planned', version: '1.1.0', base: '1.0.0', summary: '1 feat', definitionVersion: 3 });
    expect(next.groups[0]?.stages).toEqual(['build']);
    expect(next.changeAuthors).toEqual(['bob@example.com', 'cleo@example.com']);
  });

  it('says who has created it, a person or a machine', () => {
    const pipeline = { principal: 'prn_ci', name: 'ci', kind: 'machine', emails: [] };
    const { events } = settle({ ...drafted(), author: pipeline }, facts(), start);
    expect(events[0]?.content).toMatchObject({ actor: { principal: 'prn_ci', name: 'ci', kind: 'machine' } });
  });

  it.each<[string, Partial<Release['wish']>, Partial<Facts>, string, Record<string, string>]>([
    [
      'nothing new',
      {},
      { commits: commits('chore: a', 'chore: b') },
      'cancelled',
      { code: 'nothing_to_release', detail: 'nothing to release since v1.0.0 (2 chore)', fix: '--bump patch' },
    ],
    [
      'of a commit that is on its way',
      {},
      { underway: { id: 'rel_1', version: '1.1.0' } },
      'cancelled',
      { code: 'already_underway', detail: 'shop@1.1.0 of abcdef0 is on its way already', releaseId: 'rel_1' },
    ],
    ['not a version', { version: 'one' }, {}, 'failed', { code: 'invalid_version' }],
    ['a version that is taken', { version: '1.0.0' }, {}, 'failed', { code: 'version_taken' }],
    ['a taken version written otherwise', { version: 'v1.0.0' }, {}, 'failed', { code: 'version_taken' }],
    ['a dry run', { dryRun: true }, {}, 'cancelled', { code: 'dry_run' }],
    ['versions by hand, and none given', {}, { definition: sourced('manual') }, 'failed', { code: 'version_missing' }],
    ['versions by tag, and no tag', {}, { definition: sourced('tag') }, 'failed', { code: 'version_missing' }],
  ])('ends without an event: %s', (_, wish, more, status, cause) => {
    const { next } = given(drafted(wish))
      .when((release) => settle(release, facts(more), start))
      .thenNoEvents();
    expect(next).toMatchObject({ status, cause, plannedAt: start.toISOString() });
  });

  it('takes its version from the tag at the commit where tags name versions', () => {
    const tagged = facts({ definition: sourced('tag'), tagged: '4.0.0' });
    given(drafted())
      .when((release) => settle(release, tagged, start))
      .thenState({ status: 'planned', version: '4.0.0' });
  });

  it.each<[string, Partial<Release['wish']>]>([
    ['a bump', { bump: 'patch' }],
    ['a version', { version: '2.0.0' }],
  ])('of a commit that is on its way is planned all the same by %s', (_, wish) => {
    given(drafted(wish))
      .when((release) => settle(release, facts({ underway: { id: 'rel_1', version: '1.1.0' } }), start))
      .thenState({ status: 'planned' });
  });

  it('takes a version as SemVer writes it', () => {
    given(drafted({ version: 'v2.0.0' }))
      .when((release) => settle(release, facts(), start))
      .thenState({ version: '2.0.0' });
  });
});

describe('a draft whose planning keeps failing', () => {
  const fault = new Error('disk is full\nat write');
  const after = (minutes: number) => new Date(start.getTime() + minutes * 60_000);
  const since = (minutes: number): Release => ({ ...drafted(), troubledSince: after(minutes).toISOString() });

  it('is tried again for ten minutes since it first failed, however old it is', () => {
    expect(troubled(drafted(), after(60), fault).next).toMatchObject({
      status: 'draft',
      troubledSince: after(60).toISOString(),
    });
    const waiting = since(60);
    expect(troubled(waiting, after(69), fault).next).toBe(waiting);
  });

  it('then has failed with what the last try said', () => {
    expect(troubled(since(60), after(70), fault).next).toMatchObject({
      status: 'failed',
      cause: { code: 'planning_errored', detail: 'could not be planned for 10 minutes: disk is full' },
    });
  });

  it('forgets that when it is planned', () => {
    expect(settle(since(0), facts(), start).next).not.toHaveProperty('troubledSince');
  });
});

describe('where a scope begins', () => {
  it.each([
    ['v1.2.3', 'v${version}', '1.2.3'],
    ['web-v1.2.3', 'web-v${version}', '1.2.3'],
    ['v1.2.3', 'web-v${version}', undefined],
    ['vnext', 'v${version}', undefined],
  ])('the tag %s by %s is %s', (tag, format, version) => {
    expect(versionOfTag(tag, format)).toBe(version);
  });

  it('is the newest version, not the newest text', () => {
    const at = (version: string) => ({ version, commit: version });
    expect(newestBase([at('1.9.0'), at('1.10.0'), at('1.10.0-beta.1'), at('nonsense')])?.version).toBe('1.10.0');
    expect(newestBase([])).toBeUndefined();
  });
});
