import { createHash, randomBytes } from 'node:crypto';
import { HttpProblem, requireVersion } from '@signalbox/chassis';
import type { Identity, ListQuery, ListRules, Page } from '@signalbox/chassis';
import { DomainError } from '@signalbox/domain';
import type { Versioned } from '@signalbox/persistence';
import { v7 as uuid } from 'uuid';
import { identityOf, isAdministrator, isUsable } from './principal.js';
import type { ApiKey, Principal } from './principal.js';
import type { ApiKeyStore, PrincipalStore } from './principal.store.js';

export type PrincipalWish = Omit<Principal, 'id' | 'disabled'>;

export const principalListRules: ListRules = {
  filters: { name: { column: 'name', kind: 'text' } },
  sorts: { name: 'name' },
  defaultSort: 'name',
};

const rememberMs = 2_000;
const prefixLength = 12;

/** Principals and their keys; a changed key or role acts within two seconds everywhere. */
export class PrincipalService {
  private readonly remembered = new Map<string, { identity: Identity; untilMs: number }>();

  constructor(
    private readonly principals: PrincipalStore,
    private readonly keys: ApiKeyStore,
  ) {}

  /** The caller by the `Authorization` header of a request. */
  identifyBearer(authorization: string | undefined): Promise<Identity> {
    return this.identify(/^Bearer (\S+)$/.exec(authorization ?? '')?.[1], new Date());
  }

  /** The caller behind an API key; throws 401 for an unknown, expired or revoked one. */
  async identify(key: string | undefined, now: Date): Promise<Identity> {
    if (!key?.startsWith('sbx_')) throw unauthenticated('no API key', 'send Authorization: Bearer sbx_…');
    const hash = hashOf(key);
    const known = this.remembered.get(hash);
    if (known && known.untilMs > performance.now()) return known.identity;
    const found = await this.keys.findByHash(hash);
    if (!found) throw unauthenticated('this API key is not known', 'ask an admin for one');
    if (!isUsable(found, now))
      throw unauthenticated(
        found.revokedAt ? 'this API key was revoked' : 'this API key has expired',
        'ask an admin for a new one',
      );
    const { state } = await this.principals.get(found.principalId);
    if (state.disabled) throw unauthenticated(`${state.name} is disabled`);
    const identity = identityOf(state);
    this.remember(hash, identity);
    return identity;
  }

  /**
   * Makes the first administrator; does nothing when the key is known. Another key than at the start before takes its
   * place, and gives the administrator back what was taken away.
   */
  bootstrap(adminKey: string): Promise<void> {
    return this.principals.alone(() => this.makeAdmin(adminKey));
  }

  private async makeAdmin(adminKey: string): Promise<void> {
    const hash = hashOf(adminKey);
    const known = await this.keys.findByHash(hash);
    const isOurs = known?.principalId === (await this.principals.findByName('admin'))?.state.id;
    // Somebody else's, the one of the last start, or one that a person has revoked: that stands.
    if (known && (!isOurs || (known.revokedAt ? !known.isReplaced : known.isFromStart))) return;
    const admin = await this.administrator();
    for (const key of await this.keys.ofPrincipal(admin.id))
      if (key.isFromStart && key.hash !== hash && !key.revokedAt) await this.replace(key.id);
    const prefix = adminKey.slice(0, prefixLength);
    const made: ApiKey = { id: `key_${uuid()}`, principalId: admin.id, prefix, hash, isFromStart: true };
    if (known) await this.revive(known.id);
    else await this.keys.create(made, []);
    this.remembered.clear();
  }

  private async replace(keyId: string): Promise<void> {
    await this.keys.change(keyId, (key, now) => ({
      next: { ...key, revokedAt: now.toISOString(), isReplaced: true },
      events: [],
    }));
  }

  /** One that was replaced and is wanted again, or that an earlier build has made. */
  private async revive(keyId: string): Promise<void> {
    await this.keys.change(keyId, ({ revokedAt: _at, isReplaced: _is, ...key }) => ({
      next: { ...key, isFromStart: true },
      events: [],
    }));
  }

  /** As it is, but for what it takes to administer. */
  private async administrator(): Promise<Principal> {
    const existing = await this.principals.findByName('admin');
    const bindings = [{ role: 'admin' as const }];
    const made = {
      id: `prn_${uuid()}`,
      name: 'admin',
      kind: 'person' as const,
      teams: [],
      emails: [],
      disabled: false,
    };
    const admin: Principal = existing?.state ?? { ...made, bindings };
    await this.principals.createOnce(admin, []);
    if (!isAdministrator(admin))
      await this.principals.change(admin.id, (current) => ({
        next: { ...current, disabled: false, bindings: [...current.bindings, ...bindings] },
        events: [],
      }));
    return admin;
  }

  async create(wish: PrincipalWish): Promise<Versioned<Principal>> {
    await this.refuseTaken(wish.name);
    return this.principals.create({ ...wish, id: `prn_${uuid()}`, disabled: false }, []);
  }

  /** @throws DomainError conflict when nobody could administer afterwards */
  async put(id: string, wish: PrincipalWish & { disabled: boolean }, seen: number): Promise<Versioned<Principal>> {
    await this.refuseTaken(wish.name, id);
    const changed = await this.principals.alone(async () => {
      const put = await this.principals.change(id, (current, _now, version) => {
        requireVersion(seen, version);
        return { next: { ...current, ...wish }, events: [] };
      });
      const holders = await this.principals.withRole('admin');
      if (!holders.some(({ state }) => isAdministrator(state))) throw lastAdministrator(put.state.name);
      return put;
    });
    this.remembered.clear();
    return changed;
  }

  get(id: string): Promise<Versioned<Principal>> {
    return this.principals.get(id);
  }

  async list({ where, params, orderBy, limit, page }: ListQuery): Promise<Page<Principal>> {
    const found = await this.principals.select(where, params, { orderBy, limit: limit + 1 });
    const principals = found.map(({ state }) => state);
    return page(
      principals,
      ({ name }) => name,
      (principal) => principal,
    );
  }

  /** A new key; its text is returned once and kept nowhere. */
  async issue(principalId: string, expiresAt: string | undefined): Promise<{ text: string; key: Versioned<ApiKey> }> {
    await this.principals.get(principalId);
    const text = `sbx_${randomBytes(32).toString('base64url')}`;
    const state: ApiKey = {
      id: `key_${uuid()}`,
      principalId,
      prefix: text.slice(0, prefixLength),
      hash: hashOf(text),
      ...(expiresAt && { expiresAt }),
    };
    return { text, key: await this.keys.create(state, []) };
  }

  keysOf(principalId: string): Promise<ApiKey[]> {
    return this.keys.ofPrincipal(principalId);
  }

  async revoke(keyId: string, now: Date): Promise<void> {
    await this.keys.change(keyId, (key) => ({
      next: key.revokedAt ? key : { ...key, revokedAt: now.toISOString() },
      events: [],
    }));
    this.remembered.clear();
  }

  /** The table's unique name decides between those who ask at the same time. */
  private async refuseTaken(name: string, by?: string): Promise<void> {
    const found = await this.principals.findByName(name);
    if (!found || found.state.id === by) return;
    throw new DomainError('conflict', `there is a principal ${name} already`, { reason: 'name_taken' });
  }

  /** By a clock that nobody sets. */
  private remember(hash: string, identity: Identity): void {
    if (this.remembered.size > 10_000) this.remembered.clear();
    this.remembered.set(hash, { identity, untilMs: performance.now() + rememberMs });
  }
}

function lastAdministrator(name: string): DomainError {
  return new DomainError('conflict', `${name} is the only one who may administer all applications`, {
    reason: 'last_administrator',
    fix: 'give somebody else the role admin first',
  });
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function unauthenticated(detail: string, fix?: string): HttpProblem {
  return new HttpProblem(401, 'unauthenticated', detail, {
    ...(fix && { fix }),
    headers: { 'www-authenticate': 'Bearer' },
  });
}
