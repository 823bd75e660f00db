import { describe, expect, it } from '@jest/globals';
import { canonicalJson, isSameJson, jsonPointer } from './json.js';

describe('canonical JSON', () => {
  it('does not depend on the order of keys, at any depth', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
  });

  it('tells different values apart, also by the order of a list', () => {
    expect(isSameJson({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
    expect(isSameJson({ a: 1, b: undefined }, { a: 1 })).toBe(true);
  });
});

it('a JSON pointer escapes what would be read as its own signs', () => {
  expect(jsonPointer([])).toBe('');
  expect(jsonPointer(['a/b', 0, 'm~n'])).toBe('/a~1b/0/m~0n');
});
