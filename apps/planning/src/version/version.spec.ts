import { describe, expect, it } from '@jest/globals';
import { aDefinition } from '../../testing/releases.js';
import { bumpOf, notesOf, proposeVersion, readChange, summarize } from './version.js';
import type { VersionWish } from './version.js';

const commit = (message: string) => ({
  sha: 'abcdef0123',
  committedAt: '2026-11-23T12:00:00.000Z',
  authorEmail: 'a@example.com',
  message,
});
const propose = (
  base: string | undefined,
  messages: string[],
  more: { taken?: string[]; live?: string; wish?: VersionWish; fallback?: 'none' | 'patch' } = {},
) => {
  const rules = { ...aDefinition().version, fallback: more.fallback ?? 'none' };
  const used = { taken: new Set(more.taken), ...(more.live && { live: more.live }) };
  return proposeVersion(rules, base, messages.map(commit), used, more.wish ?? {});
};

describe('a commit', () => {
  it.each([
    ['feat: carts', { type: 'feat', subject: 'carts' }],
    ['Feat: carts', { type: 'feat', subject: 'carts' }],
    ['feat(cart)!: new prices', { type: 'feat', subject: 'new prices', breaking: true }],
    ['feat!: new prices', { type: 'feat', subject: 'new prices', breaking: true }],
    ['fix: prices\n\nBREAKING CHANGE: prices are net', { type: 'fix', breaking: true }],
    ['fix: prices\n\nBREAKING-CHANGE: prices are net', { type: 'fix', breaking: true }],
    ['tidy up', { subject: 'tidy up' }],
    ['', { subject: '' }],
  ])('%j says what it changes', (message, expected) => {
    expect(readChange(commit(message))).toMatchObject(expected);
  });

  it('is not breaking because it mentions the words', () => {
    expect(readChange(commit('docs: explain BREAKING CHANGE footers')).breaking).toBeUndefined();
  });
});

describe('the next version', () => {
  it.each([
    ['1.2.3', ['fix: a'], '1.2.4'],
    ['1.2.3', ['perf: a'], '1.2.4'],
    ['1.2.3', ['fix: a', 'feat: b'], '1.3.0'],
    ['1.2.3', ['feat!: a', 'fix: b'], '2.0.0'],
    ['1.2.3', ['fix: a\n\nBREAKING CHANGE: b'], '2.0.0'],
    ['0.4.1', ['feat!: a'], '0.5.0'],
    ['0.4.1', ['feat: a'], '0.5.0'],
    ['0.4.1', ['fix: a'], '0.4.2'],
    [undefined, ['chore: a'], '1.0.0'],
  ])('after %s with %j is %s', (base, messages, version) => {
    expect(propose(base, messages)).toMatchObject({ version });
  });

  it('is none when nothing that users notice has changed, unless the fallback says patch', () => {
    expect(propose('1.0.0', ['chore: a', 'docs: b', 'chore: c'])).toEqual({
      nothing: true,
      summary: '2 chore, 1 docs',
    });
    expect(propose('1.0.0', ['chore: a'], { fallback: 'patch' })).toMatchObject({ version: '1.0.1' });
    expect(propose('1.0.0', [], { fallback: 'patch' })).toEqual({ nothing: true, summary: 'no commits' });
  });

  it('gives way to the next free patch where it is taken', () => {
    expect(propose('1.0.0', ['feat: a'], { taken: ['1.1.0', '1.1.1'] })).toMatchObject({ version: '1.1.2' });
    expect(propose(undefined, ['feat: a'], { taken: ['1.0.0'] })).toMatchObject({ version: '1.0.1' });
  });

  it('is not lower than what runs somewhere, also of a release that was given up', () => {
    const next = propose('1.2.2', ['fix: prices'], { taken: ['1.2.2', '1.3.0'], live: '1.3.0' });
    expect(next).toMatchObject({ version: '1.3.1', bump: 'patch' });
    expect(propose('1.3.0', ['fix: prices'], { taken: ['1.3.0'], live: '1.3.0' })).toMatchObject({ version: '1.3.1' });
  });

  it('is what a person asks for', () => {
    expect(propose('0.9.0', ['chore: a'], { wish: { bump: 'major' } })).toMatchObject({ version: '1.0.0' });
    expect(propose('1.0.0', [], { wish: { version: '3.1.4' } })).toMatchObject({ version: '3.1.4', bump: 'manual' });
  });
});

describe('notes', () => {
  const changes = ['feat: a', 'fix: b', 'feat!: c', 'chore: d'].map((message) => readChange(commit(message)));

  it('tell users what they notice, what breaks first', () => {
    expect(
      notesOf(changes)
        .split('\n')
        .filter((line) => line !== ''),
    ).toEqual(['### Breaking changes', '- c (abcdef0)', '### Features', '- a (abcdef0)', '### Fixes', '- b (abcdef0)']);
  });

  it('are told up to 500 of a kind', () => {
    const many = Array.from({ length: 502 }, (_, i) => readChange(commit(`fix: f${i}`)));
    const lines = notesOf(many).split('\n');
    expect([lines.length, lines.at(-2), lines.at(-1)]).toEqual([502, '- f499 (abcdef0)', '- and 2 more']);
  });

  it('count by type', () => {
    expect(summarize(changes)).toBe('2 feat, 1 fix, 1 chore');
    expect(bumpOf(changes, '1.0.0', 'none')).toBe('major');
  });
});
