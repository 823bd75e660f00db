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

  it('is sent once more to a process that did not answer in time, where it only asks', () => {
    expect(tries('GET', 'UND_ERR_HEADERS_TIMEOUT')).toEqual([expect.any(Number), null, null, null]);
  });

  it.each([
    ['POST', 'UND_ERR_SOCKET', undefined],
    ['PUT', 'UND_ERR_SOCKET', 'key'],
    ['DELETE', 'ECONNRESET', undefined],
    ['POST', 'UND_ERR_HEADERS_TIMEOUT', 'key'],
    ['GET', undefined, undefined],
  ])('is not sent again where it could: %s after %s with key %s', (method, code, key) => {
    expect(tries(method, code, key)).toEqual(never);
  });
});
