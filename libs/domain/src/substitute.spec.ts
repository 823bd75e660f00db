import { describe, expect, it } from '@jest/globals';
import { substitute, UnknownNameError } from './substitute.js';

describe('substitute', () => {
  it('replaces every known name', () => {
    expect(substitute('--listen=${HOST}:${PORT}', { HOST: 'localhost', PORT: '80' })).toBe('--listen=localhost:80');
  });

  it('leaves text that is no placeholder alone', () => {
    expect(substitute('$PORT {PORT} $(PORT) ${}', { PORT: '80' })).toBe('$PORT {PORT} $(PORT) ${}');
  });

  it('does not read a value again', () => {
    expect(substitute('${A}', { A: '${B}', B: 'x' })).toBe('${B}');
  });

  it('refuses an unknown name, also one every object has', () => {
    expect(() => substitute('${SHARD}', {})).toThrow(new UnknownNameError('SHARD'));
    expect(() => substitute('${constructor}', {})).toThrow(UnknownNameError);
  });
});
