import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { HttpProblem } from '@signalbox/chassis';
import { eventually } from '@signalbox/testing';
import { adminKey, GatewayUnderTest, json } from '../../testing/gateway-under-test.js';
import { PrincipalService } from './principal.service.js';
import { ApiKeyStore, PrincipalStore } from './principal.store.js';

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await GatewayUnderTest.start();
});
afterAll(() => gateway.stop());

describe('an API key', () => {
  it.each([
    ['no key', { authorization: '' }],
    ['another kind of credential', { authorization: 'Basic YTpi' }],
    ['an unknown key', { authorization: `Bearer sbx_${'b'.repeat(43)}` }],
  ])('%s is told 401, on own routes and on those of services', async (_what, headers) => {
    for (const path of ['/v1/me', '/v1/releases', '/v1/nothing']) {
      const answer = await gateway.call(path, { headers });
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(await answer.json()).toMatchObject({ code: 'unauthenticated', instance: path });
    }
  });

  it('stops working when it is revoked', async () => {
    const { id, key } = await gateway.aPrincipal('rita', { role: 'viewer' });
    expect((await gateway.call('/v1/me', { key })).status).toBe(200);
    expect((await gateway.call(`/v1/keys/${id}`, { method: 'DELETE' })).status).toBe(204);
    const answer = await gateway.call('/v1/me', { key });
    expect([answer.status, await json(answer)]).toMatchObject([401, { detail: 'this API key was revoked' }]);
  });

  it('stops working within seconds where it was used before, though the clock is set back meanwhile', async () => {
    const { id, key } = await gateway.aPrincipal('theo', { role: 'viewer' });
    const { database } = gateway;
    const elsewhere = new PrincipalService(new PrincipalStore(database), new ApiKeyStore(database));
    await elsewhere.identify(key, new Date());
    await gateway.call(`/v1/keys/${id}`, { method: 'DELETE' });
    const earlier = new Date(Date.now() - 600_000);
    const isRefused = () =>
      elsewhere.identify(key, earlier).then(
        () => false,
        (error: HttpProblem) => error.status === 401,
      );
    await eventually(isRefused, { what: 'the revocation is known there, too', withinMs: 4_000 });
  });

  it('stops working when it expires', async () => {
    const { principal } = await gateway.aPrincipal('emil', { role: 'viewer' });
    const { key } = await gateway.issue(principal, { expiresAt: new Date(Date.now() + 1_000).toISOString() });
    const answer = await eventually(
      async () => {
        const given = await gateway.call('/v1/releases', { key });
        return given.status === 401 && given;
      },
      { what: 'the key to expire' },
    );
    expect(await json(answer)).toMatchObject({ status: 401, detail: 'this API key has expired' });
  });

  it('is not made when it would have expired already', async () => {
    const { principal } = await gateway.aPrincipal('pia', { role: 'viewer' });
    const body = { expiresAt: new Date(Date.now() - 1_000).toISOString() };
    const refused = await json(gateway.call(`/v1/principals/${principal}/keys`, { method: 'POST', body }));
    expect(refused).toMatchObject({ status: 400, errors: [{ pointer: '/expiresAt', message: 'a time to come' }] });
  });

  it('stops working when its principal is disabled, and counts again afterwards', async () => {
    const { key, principal } = await gateway.aPrincipal('dora', { role: 'viewer' });
    const path = `/v1/principals/${principal}`;
    const put = async (disabled: boolean) => {
      const etag = (await gateway.call(path)).headers.get('etag') ?? '';
      const body = { name: 'dora', bindings: [{ role: 'viewer' }], disabled };
      return gateway.call(path, { method: 'PUT', body, headers: { 'if-match': etag } });
    };
    expect((await put(true)).status).toBe(200);
    expect(await json(gateway.call('/v1/releases', { key }))).toMatchObject({
      status: 401,
      detail: 'dora is disabled',
    });
    await put(false);
    expect((await gateway.call('/v1/releases', { key })).status).toBe(200);
  });

  it('takes no name that another principal has, and one alone of all who ask for it at once gets it', async () => {
    const { principal } = await gateway.aPrincipal('nora', { role: 'viewer' });
    const path = `/v1/principals/${principal}`;
    const etag = (await gateway.call(path)).headers.get('etag') ?? '';
    const rename = (name: string) =>
      gateway.call(path, { method: 'PUT', body: { name, bindings: [] }, headers: { 'if-match': etag } });
    expect(await json(rename('admin'))).toMatchObject({ status: 409, code: 'name_taken' });
    expect((await rename('nora')).status).toBe(200);
    const create = () => gateway.call('/v1/principals', { method: 'POST', body: { name: 'otto', bindings: [] } });
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(create));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
  });

  it('lets one alone win of all who change a principal that all have read', async () => {
    const { principal } = await gateway.aPrincipal('winifred', { role: 'viewer' });
    const path = `/v1/principals/${principal}`;
    const etag = (await gateway.call(path)).headers.get('etag') ?? '';
    const put = (role: string) =>
      gateway.call(path, {
        method: 'PUT',
        body: { name: 'winifred', bindings: [{ role }] },
        headers: { 'if-match': etag },
      });
    const answers = await Promise.all(['developer', 'operator', 'viewer', 'admin'].map(put));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  });

  it('is shown once and kept nowhere', async () => {
    const { principal } = await gateway.aPrincipal('kira', { role: 'viewer' });
    const headers = { 'idempotency-key': 'a key for kira' };
    const ask = () => gateway.call(`/v1/principals/${principal}/keys`, { method: 'POST', body: {}, headers });
    const { key } = await json<{ id: string; key: string }>(ask());
    const again = await ask();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await again.text()).not.toContain(key);
    expect(await (await gateway.call(`/v1/principals/${principal}/keys`)).text()).not.toContain(key);
    for (const table of ['idempotency', 'api_key', 'principal', 'outbox']) {
      expect(JSON.stringify(await gateway.database.query(`SELECT * FROM ${table}`))).not.toContain(key);
    }
  });
});

describe('principals', () => {
  it('are the business of admins', async () => {
    const { key, principal } = await gateway.aPrincipal('olga', { role: 'operator' });
    const { key: ofTeam } = await gateway.aPrincipal('ada', { role: 'admin', team: 'web' });
    for (const each of [key, ofTeam]) {
      const body = { name: 'mallory', bindings: [{ role: 'admin' }] };
      expect((await gateway.call('/v1/principals', { method: 'POST', key: each, body })).status).toBe(403);
      expect((await gateway.call('/v1/principals', { key: each })).status).toBe(403);
      expect(
        (await gateway.call(`/v1/principals/${principal}/keys`, { method: 'POST', key: each, body: {} })).status,
      ).toBe(403);
    }
  });

  it('have names of their own', async () => {
    await gateway.aPrincipal('nora', { role: 'viewer' });
    const again = await gateway.call('/v1/principals', { method: 'POST', body: { name: 'nora', bindings: [] } });
    expect([again.status, await json(again)]).toMatchObject([409, { code: 'name_taken' }]);
  });

  it('are listed page by page, each once, by name', async () => {
    for (const name of ['uma', 'udo']) await gateway.aPrincipal(name, { role: 'viewer' });
    const pageOf = (query: string) =>
      json<{ items: { name: string }[]; nextCursor: string | null }>(gateway.call(`/v1/principals?${query}`));
    const all = (await pageOf('limit=200')).items.map(({ name }) => name);
    const paged: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { items, nextCursor } = await pageOf(`limit=1${cursor && `&cursor=${cursor}`}`);
      paged.push(...items.map(({ name }) => name));
      cursor = nextCursor;
    }
    expect(paged).toEqual(all);
    expect(all).toEqual(expect.arrayContaining(['admin', 'udo', 'uma']));
    expect((await pageOf('name=udo')).items).toMatchObject([{ name: 'udo' }]);
  });

  it('see what they may do', async () => {
    const { key, principal } = await gateway.aPrincipal('vera', { role: 'viewer', application: 'shop' });
    expect(await json(gateway.call('/v1/me', { key }))).toMatchObject({
      principal,
      name: 'vera',
      bindings: [{ role: 'viewer', application: 'shop' }],
    });
    const body = { name: 'nobody', bindings: [] };
    const { id } = await json(gateway.call('/v1/principals', { method: 'POST', body }));
    const issued = await json<{ key: string }>(gateway.call(`/v1/principals/${id}/keys`, { method: 'POST', body: {} }));
    expect(await json(gateway.call('/v1/me', { key: issued.key }))).toMatchObject({ name: 'nobody', bindings: [] });
  });
});

describe('the administrator', () => {
  // What others have called counts for no limit here.
  let gateway: GatewayUnderTest;
  beforeEach(async () => {
    gateway = await GatewayUnderTest.start();
  });
  afterEach(() => gateway.stop());
  const isVoid = (key: string) =>
    eventually(async () => (await gateway.call('/v1/me', { key })).status === 401, {
      everyMs: 250,
      what: 'a void key',
    });
  const me = () => json<{ principal: string }>(gateway.call('/v1/me'));
  const put = async (principal: string, body: object, key = adminKey) => {
    const path = `/v1/principals/${principal}`;
    const etag = (await gateway.call(path, { key })).headers.get('etag') ?? '';
    return gateway.call(path, { method: 'PUT', key, body, headers: { 'if-match': etag } });
  };

  it('who is the last one stays one, and others may go', async () => {
    const { principal } = await me();
    const admin = { name: 'admin', bindings: [{ role: 'admin' }] };
    for (const less of [{ disabled: true }, { bindings: [] }, { bindings: [{ role: 'admin', team: 'web' }] }])
      expect(await json(put(principal, { ...admin, ...less }))).toMatchObject({
        status: 409,
        code: 'last_administrator',
      });
    const second = await gateway.aPrincipal('second', { role: 'admin' });
    expect((await put(principal, { ...admin, bindings: [] }, second.key)).status).toBe(200);
    expect((await put(principal, admin, second.key)).status).toBe(200);
    expect((await put(second.principal, { name: 'second', bindings: [] })).status).toBe(200);
  });

  it('who comes with another key at the start has that alone, and is one again', async () => {
    const { key, principal: other } = await gateway.aPrincipal('other', { role: 'admin' });
    const { principal } = await me();
    const issued = await gateway.issue(principal);
    await put(principal, { name: 'admin', bindings: [], disabled: true }, key);
    const fresh = `sbx_${'n'.repeat(43)}`;
    const { database } = gateway;
    const start = (adminsKey: string) =>
      new PrincipalService(new PrincipalStore(database), new ApiKeyStore(database)).bootstrap(adminsKey);
    await start(fresh);
    await start(fresh);
    expect(await json(gateway.call('/v1/me', { key: fresh }))).toMatchObject({ bindings: [{ role: 'admin' }] });
    await isVoid(adminKey);
    expect((await gateway.call('/v1/me', { key: issued.key })).status).toBe(200);
    await start(adminKey);
    expect((await gateway.call('/v1/me')).status).toBe(200);
    await isVoid(fresh);
    expect((await put(other, { name: 'other', bindings: [] }, key)).status).toBe(200);
  });

  it('whose key a person has revoked has it no more, however often it starts', async () => {
    const { key, id, principal } = await gateway.aPrincipal('helper', { role: 'admin' });
    const { database } = gateway;
    const start = (adminsKey: string) =>
      new PrincipalService(new PrincipalStore(database), new ApiKeyStore(database)).bootstrap(adminsKey);
    await start(key);
    expect((await gateway.call('/v1/me')).status).toBe(200);
    const { principal: admin } = await me();
    const keys = await json<{ items: { id: string; revokedAt?: string }[] }>(
      gateway.call(`/v1/principals/${admin}/keys`, { key }),
    );
    for (const each of keys.items.filter(({ revokedAt }) => revokedAt === undefined))
      await gateway.call(`/v1/keys/${each.id}`, { method: 'DELETE', key });
    await start(adminKey);
    await isVoid(adminKey);
    const last = `sbx_${'z'.repeat(43)}`;
    await start(last);
    expect((await gateway.call('/v1/me', { key: last })).status).toBe(200);
    expect((await gateway.call(`/v1/keys/${id}`, { method: 'DELETE', key: last })).status).toBe(204);
    expect(principal).not.toBe(admin);
  });
});
