import { describe, expect, it } from '@jest/globals';
import { repeatAfterMs } from './repeat.js';

const tries = (method: string, code: string | undefined, idempotencyKey?: string): (number | null)[] =>
  [0, 1, 2, 3].map((attempt) =>
    repeatAfterMs({ method, idempotencyKey, error: code === undefined ? null : { code }, attempt }),
  );
const thrice = [expect.any(Number), expect.any(Number), expect.any(Number), null];
const never = [null, null, null, null];

describe('a call that no service has answered', () => {
  it.each([
    ['GET', 'UND_ERR_SOCKET', undefined],
    ['GET', 'ECONNRESET', undefined],
    ['POST', 'UND_ERR_SOCKET', 'key'],
    ['POST', 'ECONNREFUSED', undefined],
    ['PUT', 'ECONNREFUSED', undefined],
  ])('is sent again where it does no harm: %s after %s with key %s', (method, code, key) => {
    expect(tries(method, code, key)).toEqual(thrice);
  });

  it.each([
    ['POST', 'UND_ERR_SOCKET', undefined],
    ['PUT', 'UND_ERR_SOCKET', 'key'],
    ['DELETE', 'ECONNRESET', undefined],
    ['GET', 'UND_ERR_HEADERS_TIMEOUT', undefined],
    ['GET', undefined, undefined],
  ])('is not sent again where it could: %s after %s with key %s', (method, code, key) => {
    expect(tries(method, code, key)).toEqual(never);
  });
});
