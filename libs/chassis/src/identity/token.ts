import { createHash } from 'node:crypto';
import { createLocalJWKSet, errors, importJWK, jwtVerify, SignJWT } from 'jose';
import type { JSONWebKeySet, JWK } from 'jose';
import { z } from 'zod';
import { HttpProblem } from '../http/problem.js';
import { identity } from './roles.js';
import type { Identity } from './roles.js';

/** The one call a token is good for. */
export interface Call {
  /** The service's name. */
  audience: string;
  method: string;
  /** Path with query, as the service sees it. */
  path: string;
  body: Buffer;
}

const lifetimeSeconds = 60;
const algorithm = 'EdDSA';
const claims = z.object({ htm: z.string(), htu: z.string(), bh: z.string(), identity });

function bodyHash(body: Buffer): string {
  return createHash('sha256').update(body).digest('base64url');
}

/** Mints identities for single calls; only the gateway holds the private key. */
export class IdentityMint {
  private constructor(
    private readonly key: Awaited<ReturnType<typeof importJWK>>,
    private readonly keyId: string,
  ) {}

  /** @param privateKey an Ed25519 JWK with `kid` */
  static async open(privateKey: JWK): Promise<IdentityMint> {
    return new IdentityMint(await importJWK(privateKey, algorithm), privateKey.kid ?? 'current');
  }

  mint(who: Identity, call: Call): Promise<string> {
    return new SignJWT({ htm: call.method, htu: call.path, bh: bodyHash(call.body), identity: who })
      .setProtectedHeader({ alg: algorithm, kid: this.keyId })
      .setSubject(who.principal)
      .setAudience(call.audience)
      .setIssuedAt()
      .setExpirationTime(`${lifetimeSeconds}s`)
      .sign(this.key);
  }
}

/** Checks identities; any key of the set counts, so that keys can rotate. */
export class IdentityVerifier {
  private readonly keys: ReturnType<typeof createLocalJWKSet>;

  constructor(jwks: JSONWebKeySet) {
    this.keys = createLocalJWKSet(jwks);
  }

  /** The caller's identity; throws 401 when the token is absent, expired, or was minted for another call. */
  async verify(authorization: string | undefined, call: Call): Promise<Identity> {
    const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
    if (!token) throw unauthenticated('no identity; services are called through the gateway');
    try {
      const { payload } = await jwtVerify(token, this.keys, { audience: call.audience, algorithms: [algorithm] });
      const { data: claimed } = claims.safeParse(payload);
      if (!claimed) throw unauthenticated('the identity lacks claims');
      if (claimed.htm !== call.method || claimed.htu !== call.path || claimed.bh !== bodyHash(call.body)) {
        throw unauthenticated('the identity was minted for another call');
      }
      return claimed.identity;
    } catch (error) {
      if (error instanceof errors.JOSEError) throw unauthenticated(`the identity is not valid: ${error.message}`);
      throw error;
    }
  }
}

function unauthenticated(detail: string): HttpProblem {
  return new HttpProblem(401, 'unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer' } });
}
