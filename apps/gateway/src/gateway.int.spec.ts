import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Identity } from '@signalbox/chassis';
import {
  applicationDefined,
  draft,
  effective,
  manifest,
  releasePlanned,
  releaseStarted,
  stageStarted,
  topics,
} from '@signalbox/domain';
import type { Database } from '@signalbox/persistence';
import { eventually, ServiceUnderTest } from '@signalbox/testing';
import { exportJWK, generateKeyPair } from 'jose';
import { startUpstream } from '../testing/upstream.js';
import type { Upstream } from '../testing/upstream.js';
import { gateway } from './index.js';

const adminKey = `sbx_${'a'.repeat(43)}`;
const rateLimit = 150;
let planning: Upstream;
let deployer: Upstream;
let database: Database;
let service: ServiceUnderTest;

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const open = { ...(await exportJWK(publicKey)), kid: 'gateway', alg: 'EdDSA' };
  planning = await startUpstream('planning', open);
  deployer = await startUpstream('deployer', open);
  await deployer.stop();
  const definition: typeof gateway = {
    ...gateway,
    module: (context) => {
      database = context.database;
      return gateway.module(context);
    },
  };
  const gone = deployer.url;
  service = await ServiceUnderTest.start(definition, {
    UPSTREAMS: {
      planning: planning.url,
      'build-coordinator': gone,
      'test-orchestrator': gone,
      deployer: gone,
      monitor: gone,
      feedback: gone,
    },
    IDENTITY_KEY: { kty: 'OKP', d: '', ...(await exportJWK(privateKey)), kid: 'gateway' } as never,
    ADMIN_KEY: adminKey,
    RATE_LIMIT: rateLimit,
  });
});
afterAll(async () => {
  await service?.stop();
  await planning?.stop();
});

interface Call {
  method?: string;
  key?: string;
  body?: object | string;
  headers?: Record<string, string>;
}

function call(path: string, { method = 'GET', key = adminKey, body, headers }: Call = {}): Promise<Response> {
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  return fetch(`${service.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...type, ...headers },
    ...(text !== undefined && { body: text }),
  });
}

async function json<T = Record<string, unknown>>(answer: Response | Promise<Response>): Promise<T> {
  return (await (await answer).json()) as T;
}

interface IssuedKey {
  id: string;
  key: string;
}

async function aPrincipal(name: string, ...bindings: Identity['bindings']): Promise<IssuedKey & { principal: string }> {
  const { id: principal } = await json<{ id: string }>(
    call('/v1/principals', { method: 'POST', body: { name, bindings } }),
  );
  return { principal, ...(await issue(principal)) };
}

function issue(principal: string, body: object = {}): Promise<IssuedKey> {
  return json<IssuedKey>(call(`/v1/principals/${principal}/keys`, { method: 'POST', body }));
}

describe('an API key', () => {
  it.each([
    ['no key', { authorization: '' }],
    ['another kind of credential', { authorization: 'Basic YTpi' }],
    ['an unknown key', { authorization: `Bearer sbx_${'b'.repeat(43)}` }],
  ])('%s is told 401, on own routes and on those of services', async (_what, headers) => {
    for (const path of ['/v1/me', '/v1/releases', '/v1/nothing']) {
      const answer = await call(path, { headers });
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(await answer.json()).toMatchObject({ code: 'unauthenticated', instance: path });
    }
  });

  it('stops to count when it is revoked', async () => {
    const { id, key } = await aPrincipal('rita', { role: 'viewer' });
    expect((await call('/v1/me', { key })).status).toBe(200);
    expect((await call(`/v1/keys/${id}`, { method: 'DELETE' })).status).toBe(204);
    const answer = await call('/v1/me', { key });
    expect([answer.status, await json(answer)]).toMatchObject([401, { detail: 'this API key was revoked' }]);
  });

  it('stops to count when it expires', async () => {
    const { principal } = await aPrincipal('emil', { role: 'viewer' });
    const { key } = await issue(principal, { expiresAt: new Date(Date.now() - 1_000).toISOString() });
    expect(await json(call('/v1/releases', { key }))).toMatchObject({
      status: 401,
      detail: 'this API key has expired',
    });
  });

  it('stops to count when its principal is disabled, and counts again afterwards', async () => {
    const { key, principal } = await aPrincipal('dora', { role: 'viewer' });
    const path = `/v1/principals/${principal}`;
    const put = async (disabled: boolean) => {
      const etag = (await call(path)).headers.get('etag') ?? '';
      const body = { name: 'dora', bindings: [{ role: 'viewer' }], disabled };
      return call(path, { method: 'PUT', body, headers: { 'if-match': etag } });
    };
    expect((await put(true)).status).toBe(200);
    expect(await json(call('/v1/releases', { key }))).toMatchObject({ status: 401, detail: 'dora is disabled' });
    await put(false);
    expect((await call('/v1/releases', { key })).status).toBe(200);
  });

  it('is shown once and kept nowhere', async () => {
    const { principal } = await aPrincipal('kira', { role: 'viewer' });
    const headers = { 'idempotency-key': 'a key for kira' };
    const ask = () => call(`/v1/principals/${principal}/keys`, { method: 'POST', body: {}, headers });
    const { key } = await json<IssuedKey>(ask());
    const again = await ask();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await again.text()).not.toContain(key);
    expect(await (await call(`/v1/principals/${principal}/keys`)).text()).not.toContain(key);
    for (const table of ['idempotency', 'api_key', 'principal', 'outbox']) {
      expect(JSON.stringify(await database.query(`SELECT * FROM ${table}`))).not.toContain(key);
    }
  });
});

describe('principals', () => {
  it('are the business of admins', async () => {
    const { key, principal } = await aPrincipal('olga', { role: 'operator' });
    const { key: ofTeam } = await aPrincipal('ada', { role: 'admin', team: 'web' });
    for (const each of [key, ofTeam]) {
      const body = { name: 'mallory', bindings: [{ role: 'admin' }] };
      expect((await call('/v1/principals', { method: 'POST', key: each, body })).status).toBe(403);
      expect((await call('/v1/principals', { key: each })).status).toBe(403);
      expect((await call(`/v1/principals/${principal}/keys`, { method: 'POST', key: each, body: {} })).status).toBe(
        403,
      );
    }
  });

  it('have names of their own', async () => {
    await aPrincipal('nora', { role: 'viewer' });
    const again = await call('/v1/principals', { method: 'POST', body: { name: 'nora', bindings: [] } });
    expect([again.status, await json(again)]).toMatchObject([409, { code: 'name_taken' }]);
  });

  it('see what they may do', async () => {
    const { key, principal } = await aPrincipal('vera', { role: 'viewer', application: 'shop' });
    expect(await json(call('/v1/me', { key }))).toMatchObject({
      principal,
      name: 'vera',
      bindings: [{ role: 'viewer', application: 'shop' }],
    });
  });
});

describe('a call to a service', () => {
  interface Echo {
    method: string;
    url: string;
    body: string;
    headers: Record<string, string>;
    identity: Identity;
  }

  it.each<[string, Call]>([
    ['/v1/releases?status=running&limit=2', {}],
    ['/v1/releases', { method: 'POST', body: '{ "application":\t"sh\u00f6p" }' }],
    ['/v1/releases/rel_1', { method: 'DELETE' }],
    ['/v1/releases/rel%201/holds', { method: 'PUT', body: { a: 1 } }],
  ])('%s arrives as it was sent, with an identity for exactly it', async (path, sent) => {
    const answer = await call(path, { ...sent, headers: { 'idempotency-key': 'k' } });
    const echo = await json<Echo>(answer);
    expect([answer.status, answer.headers.get('etag')]).toEqual([200, '"7"']);
    expect(echo).toMatchObject({ method: sent.method ?? 'GET', url: path, identity: { name: 'admin' } });
    expect(echo.body).toBe(typeof sent.body === 'object' ? JSON.stringify(sent.body) : (sent.body ?? ''));
    expect(echo.headers).toMatchObject({ 'idempotency-key': 'k', 'x-request-id': expect.any(String) });
    expect(JSON.stringify(echo.headers)).not.toContain(adminKey);
  });

  it('is answered as the service answers', async () => {
    expect((await call('/v1/releases', { headers: { 'x-answer-with': '409' } })).status).toBe(409);
  });

  it.each(['/v1/nothing', '/v1/constructor', '/v1/leases/1/results', '/v1'])('%s leads nowhere', async (path) => {
    const answer = await call(path);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect([answer.status, await json(answer)]).toMatchObject([404, { code: 'not_found', instance: path }]);
  });

  it('that is down says so', async () => {
    const answer = await call('/v1/deployments');
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect([answer.status, await json(answer)]).toMatchObject([
      502,
      { code: 'upstream_unavailable', detail: 'deployer does not answer', fix: expect.any(String) },
    ]);
  });

  it('waits when there were too many, and says how long', async () => {
    const { key } = await aPrincipal('hammer', { role: 'viewer' });
    const first = await call('/v1/releases', { key });
    expect(first.headers.get('ratelimit-policy')).toBe(`"default";q=${rateLimit};w=10`);
    expect(first.headers.get('ratelimit')).toMatch(`"default";r=${rateLimit - 1};t=`);
    const rest = await Promise.all(Array.from({ length: rateLimit + 20 }, () => call('/v1/releases', { key })));
    const refused = rest.filter((answer) => answer.status === 429);
    expect(refused).toHaveLength(21);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused[0]?.json()).toMatchObject({ code: 'rate_limited' });
    expect((await call('/v1/releases')).status).toBe(200);
  });
});

describe('the timeline', () => {
  interface Timeline {
    items: { seq: number; type: string; releaseId?: string; application?: string }[];
    nextCursor: string | null;
  }
  const ref = (application: string) => ({ releaseId: `rel_${application}`, application, version: '1.0.0' });
  const listed = (query: string, key = adminKey) => json<Timeline>(call(`/v1/activities?${query}`, { key }));

  beforeAll(async () => {
    const definition = effective(
      manifest.parse({ apiVersion: 'signalbox/v1', name: 'shop', runtime: { command: ['node', 'server.js'] } }),
    );
    const of = { releaseId: 'rel_shop', stage: 'build', attempt: 1, requestEventId: 'e' };
    const planned = { team: 'web', commit: 'c', channel: 'stable', planHash: 'h', groups: [], changes: [] };
    // The executor speaks before planning is heard: topics have no mutual order.
    await service.say(stageStarted(topics.build, of));
    await eventually(async () => (await listed('releaseId=rel_shop')).items.length === 1, { what: 'the first event' });
    for (const application of ['shop', 'blog']) {
      const { releaseId } = ref(application);
      await service.say(
        draft(releasePlanned, {
          subject: releaseId,
          chainId: releaseId,
          content: { ...ref(application), ...planned },
        }),
        draft(releaseStarted, { subject: releaseId, chainId: releaseId, content: ref(application) }),
        draft(applicationDefined, {
          subject: application,
          key: `application/${application}`,
          content: { application, team: application === 'shop' ? 'web' : 'press', definitionVersion: 1, definition },
        }),
      );
    }
    await eventually(async () => (await listed('')).items.length === 7, { what: 'seven events' });
  });

  it('tells of a release in order, page by page', async () => {
    const first = await listed('releaseId=rel_shop&limit=2');
    const second = await listed(`releaseId=rel_shop&limit=2&after=${first.nextCursor}`);
    const types = [...first.items, ...second.items].map(({ type }) => type.split('.').at(-4));
    expect(types).toEqual(['started', 'planned', 'started']);
    expect(second.nextCursor).toBeNull();
  });

  it.each<[string, Identity['bindings'][number], string[]]>([
    ['of the application', { role: 'viewer', application: 'shop' }, ['shop']],
    ['of its team', { role: 'viewer', team: 'press' }, ['blog']],
    ['of all', { role: 'viewer' }, ['blog', 'shop']],
  ])('shows a reader %s just that', async (where, binding, visible) => {
    const { key } = await aPrincipal(`reader-${where.replaceAll(' ', '-')}`, binding);
    const { items } = await listed('', key);
    expect([...new Set(items.map(({ application }) => application))].sort()).toEqual(visible);
    expect(items.some(({ type }) => type.includes('taskrun'))).toBe(visible.includes('shop'));
  });

  it('refuses what it does not know', async () => {
    expect((await call('/v1/activities?colour=red')).status).toBe(400);
    expect((await call('/v1/activities/stream', { headers: { 'last-event-id': 'x' } })).status).toBe(400);
  });

  it('streams on behind Last-Event-ID, and ends when the gateway stops', async () => {
    const { items } = await listed('releaseId=rel_shop');
    const answer = await call('/v1/activities/stream?releaseId=rel_shop', {
      headers: { 'last-event-id': String(items[0]?.seq) },
    });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes(`id: ${items[2]?.seq}`)) text += (await reader?.read())?.value ?? '';
    expect([...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))).toEqual([items[1]?.seq, items[2]?.seq]);
    const began = Date.now();
    await service.restart();
    expect(Date.now() - began).toBeLessThan(8_000);
    expect((await reader?.read())?.done).toBe(true);
  });
});

it('the OpenAPI document is whole as far as services answer', async () => {
  const { paths } = await json<{ paths: Record<string, object> }>(fetch(`${service.url}/openapi.json`));
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/v1/activities', '/v1/principals', '/v1/releases']));
  expect(Object.keys(paths)).not.toContain('/v1/deployments');
  const page = await fetch(`${service.url}/docs`);
  expect(await page.text()).toContain('/openapi.json');
});
