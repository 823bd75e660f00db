import { describe, expect, it } from '@jest/globals';
import { isStoreUrlValid, signStoreUrl } from './store-url.js';

const key = 'a-store-key-of-this-test';
const digest = `sha256:${'a'.repeat(64)}`;
const now = new Date('2026-11-23T10:00:00Z');
const soon = new Date('2026-11-23T10:05:00Z');

/** The call that a store sees when a signed URL is used. */
function callOf(url: string) {
  const { pathname, searchParams } = new URL(url);
  return {
    method: 'GET',
    digest: pathname.replace('/v1/blobs/', ''),
    expires: Number(searchParams.get('expires')),
    signature: searchParams.get('signature') ?? '',
    now,
  };
}

describe('a URL of the store', () => {
  const call = callOf(signStoreUrl('http://127.0.0.1:4602', key, 'GET', digest, soon));

  it('is good for its digest and method until it expires', () => {
    expect(call.digest).toBe(digest);
    expect(isStoreUrlValid(key, call)).toBe(true);
  });

  it.each([
    ['another digest', { digest: `sha256:${'b'.repeat(64)}` }],
    ['another method', { method: 'PUT' }],
    ['a later expiry', { expires: call.expires + 1 }],
    ['no expiry', { expires: Number.NaN }],
    ['a shorter signature', { signature: call.signature.slice(1) }],
    ['no signature', { signature: '' }],
    ['the moment it expires', { now: soon }],
  ])('is not good for %s', (_what, more) => {
    expect(isStoreUrlValid(key, { ...call, ...more })).toBe(false);
  });

  it('is not good under another key', () => {
    expect(isStoreUrlValid('a-store-key-of-someone-else', call)).toBe(false);
  });
});
