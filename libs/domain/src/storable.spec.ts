import { describe, expect, it } from '@jest/globals';
import { storableJson } from './storable.js';

describe('JSON to be stored', () => {
  it('has no NUL and no half of a surrogate pair, wherever they stood', () => {
    const printed = { lines: ['boom \0', 'half \ud800'], deep: [{ detail: '\udc00!', 'na\0me': 1 }] };
    expect(JSON.parse(storableJson(printed))).toEqual({
      lines: ['boom \ufffd', 'half \ufffd'],
      deep: [{ detail: '\ufffd!', 'na\ufffdme': 1 }],
    });
  });

  it('is left as it is otherwise, also where it only looks like an escape', () => {
    const plain = { text: 'a pair \u{1F680}, a path \\u0000', number: 1.5, nothing: null };
    expect(JSON.parse(storableJson(plain))).toEqual(plain);
    expect(storableJson({ a: undefined })).toBe('{}');
  });
});
