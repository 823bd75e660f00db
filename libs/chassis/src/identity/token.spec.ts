import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { JWK } from 'jose';
import type { Identity } from './roles.js';
import { IdentityMint, IdentityVerifier } from './token.js';
import type { Call } from './token.js';

const ann: Identity = {
  principal: 'prn_ann',
  name: 'ann',
  kind: 'person',
  teams: ['leads'],
  emails: ['ann@example.com'],
  bindings: [{ role: 'developer', application: 'shop' }],
};
const call: Call = {
  audience: 'planning',
  method: 'POST',
  path: '/v1/releases?dryRun=true',
  body: Buffer.from('{"application":"shop"}'),
};

async function aKey(kid: string): Promise<{ secret: JWK; open: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return {
    secret: { ...(await exportJWK(privateKey)), kid },
    open: { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA' },
  };
}

let old: { secret: JWK; open: JWK };
let current: { secret: JWK; open: JWK };
let verifier: IdentityVerifier;

beforeAll(async () => {
  [old, current] = await Promise.all([aKey('old'), aKey('current')]);
  verifier = new IdentityVerifier({ keys: [old.open, current.open] });
});
afterEach(() => {
  jest.useRealTimers();
});

async function minted(secret: JWK = current.secret): Promise<string> {
  return `Bearer ${await (await IdentityMint.open(secret)).mint(ann, call)}`;
}

const refused = { status: 401, code: 'unauthenticated', more: { headers: { 'www-authenticate': 'Bearer' } } };

describe('an identity', () => {
  it('is known in the call it was minted for', async () => {
    expect(await verifier.verify(await minted(), call)).toEqual(ann);
  });

  it.each<[string, Partial<Call>]>([
    ['audience', { audience: 'deployer' }],
    ['method', { method: 'PUT' }],
    ['path', { path: '/v1/freezes' }],
    ['query', { path: '/v1/releases' }],
    ['body', { body: Buffer.from('{"application":"blog"}') }],
    ['absent body', { body: Buffer.alloc(0) }],
  ])('does not count for another %s', async (_what, other) => {
    await expect(verifier.verify(await minted(), { ...call, ...other })).rejects.toMatchObject(refused);
  });

  it('counts for a minute', async () => {
    const token = await minted();
    jest.useFakeTimers({ now: Date.now() + 59_000, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    expect(await verifier.verify(token, call)).toEqual(ann);
    jest.setSystemTime(Date.now() + 2_000);
    await expect(verifier.verify(token, call)).rejects.toMatchObject(refused);
  });

  it('counts under each key of the set, so that keys rotate', async () => {
    expect(await verifier.verify(await minted(old.secret), call)).toEqual(ann);
    const afterwards = new IdentityVerifier({ keys: [current.open] });
    await expect(afterwards.verify(await minted(old.secret), call)).rejects.toMatchObject(refused);
  });

  it('of a stranger who uses a known key id does not count', async () => {
    const stranger = await aKey('current');
    await expect(verifier.verify(await minted(stranger.secret), call)).rejects.toMatchObject(refused);
  });

  it.each([undefined, '', 'Basic YW5uOmFubg==', 'Bearer', 'Bearer x.y.z'])('is not told by %j', async (header) => {
    await expect(verifier.verify(header, call)).rejects.toMatchObject(refused);
  });

  it('without its claims is nobody, however well it is signed', async () => {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
    const keys = [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'EdDSA' }];
    const token = await new SignJWT({ htm: call.method })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'k' })
      .setAudience(call.audience)
      .setExpirationTime('60s')
      .sign(privateKey);
    await expect(new IdentityVerifier({ keys }).verify(`Bearer ${token}`, call)).rejects.toMatchObject(refused);
  });
});
