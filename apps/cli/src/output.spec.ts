import { describe, expect, it } from '@jest/globals';
import { spell, table } from './output.js';

describe('a length of time', () => {
  it.each([
    [0, '0s'],
    [9_400, '9s'],
    [59_400, '59s'],
    [59_600, '1m'],
    [100_000, '1m40s'],
    [120_000, '2m'],
    [3_599_600, '1h'],
    [7_500_000, '2h5m'],
    [258_480_000, '71h48m'],
  ])('%d ms is %s', (milliseconds, text) => {
    expect(spell(milliseconds)).toBe(text);
  });

  it('has tenths when they matter, below ten seconds', () => {
    expect([spell(640, true), spell(9_400, true), spell(12_340, true)]).toEqual(['0.6s', '9.4s', '12s']);
  });
});

describe('a table', () => {
  it('has columns as wide as their widest cell, and no blanks at the end', () => {
    expect(
      table([
        ['a', 'long cell', ''],
        ['wider', 'b'],
      ]),
    ).toEqual(['a      long cell', 'wider  b']);
  });

  it('may begin with its shortest row, or have none', () => {
    expect(table([['a'], ['b', 'c', 'd'], ['e', 'ff', 'g']])).toEqual(['a', 'b  c   d', 'e  ff  g']);
    expect(table([])).toEqual([]);
  });

  it('shows control characters as JSON does, so that no text makes a row or a colour of its own', () => {
    const key = 'a\nplanning  signalbox.planning\t\u001b[31m\u009b\u2028';
    const shown = 'a\\nplanning  signalbox.planning\\t\\u001b[31m\\u009b\\u2028';
    expect(table([[key, key]])).toEqual([`${shown}  ${shown}`]);
  });

  it('cuts a long text where other columns follow, at no half of a character; the last column has room', () => {
    const long = `${'k'.repeat(78)}\u{1f511}${'k'.repeat(900)}`;
    expect(table([[long, long], ['short']])).toEqual([`${'k'.repeat(78)}…  ${long}`, 'short']);
    expect(table([['k'.repeat(80), 'b']])).toEqual([`${'k'.repeat(80)}  b`]);
    expect(table([['k'.repeat(81), 'b']])).toEqual([`${'k'.repeat(79)}…  b`]);
  });
});
