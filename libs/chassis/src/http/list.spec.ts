import { describe, expect, it } from '@jest/globals';
import { Lists } from './list.js';
import type { ListRules } from './list.js';

const rules: ListRules = {
  filters: {
    status: { column: 'status', kind: 'text' },
    mood: { column: 'mood', kind: 'text', values: ['glad', 'sad'] },
    createdAt: { column: 'created_at', kind: 'time' },
  },
  sorts: { createdAt: 'created_at', name: 'name' },
  defaultSort: '-createdAt',
};
const lists = new Lists('a-key-of-this-test');
const rows = [1, 2, 3].map((number) => ({ id: `r${number}`, at: `2026-11-23T10:00:0${number}.000Z` }));

const cursorOf = (query: Record<string, string>, of = lists) =>
  of.parse({ limit: '2', ...query }, rules).page(
    rows,
    (row) => row.at,
    (row) => row.id,
  ).nextCursor ?? '';

function faultOf(query: Record<string, string>): unknown {
  try {
    lists.parse(query, rules);
    return undefined;
  } catch (error) {
    const { status, more } = error as { status: number; more: { errors: { pointer: string }[] } };
    return [status, more.errors[0]?.pointer];
  }
}

describe('a list request', () => {
  it('shows fifty, in the default order, when nothing is asked', () => {
    expect(lists.parse({}, rules)).toMatchObject({
      where: 'true',
      params: [],
      orderBy: 'created_at DESC, id DESC',
      limit: 50,
    });
  });

  it('filters by words and times, with values as parameters', () => {
    const { where, params } = lists.parse({ status: 'a,b', 'createdAt.gte': '2026-11-23T00:00:00Z' }, rules);
    expect(where).toBe('status = ANY($1) AND created_at >= $2');
    expect(params).toEqual([['a', 'b'], '2026-11-23T00:00:00.000Z']);
  });

  it.each([
    ['2026-11-23T12:00:00.5+01:00', '2026-11-23T11:00:00.500Z'],
    ['2026-11-23T12:00:00.123456789Z', '2026-11-23T12:00:00.123Z'],
  ])('takes the time %s in UTC', (time, utc) => {
    expect(lists.parse({ 'createdAt.lt': time }, rules).params).toEqual([utc]);
  });

  it('sorts either way', () => {
    expect(lists.parse({ sort: 'name' }, rules).orderBy).toBe('name ASC, id ASC');
    expect(lists.parse({ sort: '-name' }, rules).orderBy).toBe('name DESC, id DESC');
  });

  it.each<[string, Record<string, string>, string]>([
    ['a comparison with something behind it', { 'createdAt.gte.x': '2026-11-23T00:00:00Z' }, '/createdAt.gte.x'],
    ['one of two values that there never are', { mood: 'glad,bad' }, '/mood'],
    ['an unknown filter', { owner: 'ann' }, '/owner'],
    ['a filter named like something every object has', { constructor: 'x' }, '/constructor'],
    ['a sort named like something every object has', { sort: 'toString' }, '/sort'],
    ['an unknown sort', { sort: 'owner' }, '/sort'],
    ['an unknown comparison', { 'createdAt.like': '2026' }, '/createdAt.like'],
    ['a comparison of words', { 'status.gte': 'a' }, '/status.gte'],
    ['a time without a comparison', { createdAt: '2026-11-23' }, '/createdAt'],
    ['what is no time', { 'createdAt.gte': 'noon' }, '/createdAt.gte'],
    ['a day without a time', { 'createdAt.gte': '2026-11-23' }, '/createdAt.gte'],
    ['a time that only JavaScript reads', { 'createdAt.gte': 'Mon, 23 Nov 2026 (noon)' }, '/createdAt.gte'],
    ['a year that PostgreSQL does not know', { 'createdAt.gte': '0000-01-01T00:00:00Z' }, '/createdAt.gte'],
    ['a year beyond those of RFC 3339', { 'createdAt.gte': '+275760-09-13T00:00:00Z' }, '/createdAt.gte'],
    ['a time that is on no clock', { 'createdAt.gte': '2026-11-23T25:00:00Z' }, '/createdAt.gte'],
    ['a day that is in no calendar', { 'createdAt.gte': '2026-02-30T12:00:00Z' }, '/createdAt.gte'],
    ['no rows', { limit: '0' }, '/limit'],
    ['too many rows', { limit: '201' }, '/limit'],
    ['a cursor of nobody', { cursor: 'abc' }, '/cursor'],
    ['a cursor whose signature has letters of two bytes', { cursor: `abc.${'é'.repeat(22)}` }, '/cursor'],
  ])('is refused with %s, which is named', (_what, query, pointer) => {
    expect(faultOf(query)).toEqual([400, pointer]);
  });
});

describe('a cursor', () => {
  it('goes on behind the last row that was shown', () => {
    const { where, params } = lists.parse({ limit: '2', cursor: cursorOf({}) }, rules);
    expect(where).toBe('(created_at, id) < ($1, $2)');
    expect(params).toEqual(['2026-11-23T10:00:02.000Z', 'r2']);
  });

  it('goes the other way when the list does', () => {
    const cursor = cursorOf({ sort: 'createdAt' });
    expect(lists.parse({ sort: 'createdAt', cursor }, rules).where).toBe('(created_at, id) > ($1, $2)');
  });

  it('is null on the last page', () => {
    const page = lists.parse({ limit: '3' }, rules).page(
      rows,
      (row) => row.at,
      (row) => row.id,
    );
    expect(page).toEqual({ items: ['r1', 'r2', 'r3'], nextCursor: null });
  });

  it('counts only for the filter and sort it came from', () => {
    const cursor = cursorOf({ status: 'a' });
    expect(faultOf({ status: 'a', cursor })).toBeUndefined();
    expect(faultOf({ status: 'a', limit: '7', cursor })).toBeUndefined();
    expect(faultOf({ status: 'b', cursor })).toEqual([400, '/cursor']);
    expect(faultOf({ cursor })).toEqual([400, '/cursor']);
    expect(faultOf({ status: 'a', sort: 'createdAt', cursor })).toEqual([400, '/cursor']);
  });

  it('is signed', () => {
    const [, signature] = cursorOf({}).split('.');
    const forged = Buffer.from(JSON.stringify(['2020-01-01T00:00:00Z', 'r0'])).toString('base64url');
    expect(faultOf({ cursor: `${forged}.${signature}` })).toEqual([400, '/cursor']);
    expect(faultOf({ cursor: cursorOf({}, new Lists('a-key-of-someone-else')) })).toEqual([400, '/cursor']);
  });
});
