import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
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
import { eventually } from '@signalbox/testing';
import { adminKey, GatewayUnderTest, json, rateLimit } from '../testing/gateway-under-test.js';
import type { Call } from '../testing/gateway-under-test.js';

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await GatewayUnderTest.start();
});
afterAll(() => gateway.stop());

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
    ['/v1/releases?application=100%&b=%zz', {}],
    ['/v1/releases', { method: 'POST', body: '{ "application":\t"sh\u00f6p" }' }],
    ['/v1/releases/rel_1', { method: 'DELETE' }],
    ['/v1/releases/rel%201/holds', { method: 'PUT', body: { a: 1 } }],
  ])('%s arrives as it was sent, with an identity for exactly it', async (path, sent) => {
    const answer = await gateway.call(path, { ...sent, headers: { 'idempotency-key': 'k' } });
    const echo = await json<Echo>(answer);
    expect([answer.status, answer.headers.get('etag')]).toEqual([200, '"7"']);
    expect(echo).toMatchObject({ method: sent.method ?? 'GET', url: path, identity: { name: 'admin' } });
    expect(echo.body).toBe(typeof sent.body === 'object' ? JSON.stringify(sent.body) : (sent.body ?? ''));
    expect(echo.headers).toMatchObject({ 'idempotency-key': 'k', 'x-request-id': expect.any(String) });
    expect(JSON.stringify(echo.headers)).not.toContain(adminKey);
  });

  it('is told which request and trace it serves, and so is the caller', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const given = await gateway.call('/v1/releases', { headers: { 'x-request-id': 'mine', traceparent } });
    expect(given.headers.get('x-request-id')).toBe('mine');
    expect((await json<Echo>(given)).headers).toMatchObject({ 'x-request-id': 'mine', traceparent });
    const none = await gateway.call('/v1/releases', { headers: { traceparent: 'nonsense' } });
    const { headers } = await json<Echo>(none);
    expect(headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(headers['x-request-id']).toBe(none.headers.get('x-request-id'));
    const lost = await gateway.call('/v1/deployments', { headers: { traceparent } });
    expect(await json(lost)).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c' });
  });

  it('is answered as the service answers', async () => {
    expect((await gateway.call('/v1/releases', { headers: { 'x-answer-with': '409' } })).status).toBe(409);
  });

  it('may ask first whether its body is welcome, as some clients do by themselves', async () => {
    const headers = {
      authorization: `Bearer ${adminKey}`,
      'content-type': 'application/json',
      'idempotency-key': 'expecting',
      expect: '100-continue',
      'x-answer-with': '202',
    };
    const call = request(`${gateway.service.url}/v1/releases`, { method: 'POST', headers });
    call.on('continue', () => call.end('{}'));
    call.flushHeaders();
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(202);
  });

  it.each([
    ['GET', undefined, 200],
    ['POST', 'kept', 202],
    ['POST', undefined, 502],
  ])('whose process ends meanwhile is asked again where that does no harm: %s, key %s', async (method, key, status) => {
    const headers = {
      'x-break-off': '2',
      // What would be answered if it were asked again.
      'x-answer-with': method === 'POST' ? '202' : '200',
      ...(key !== undefined && { 'idempotency-key': key }),
    };
    const answer = await gateway.call('/v1/releases', { method, headers, ...(method === 'POST' && { body: {} }) });
    expect(answer.status).toBe(status);
  });

  it.each(['/v1/nothing', '/v1/constructor', '/v1/leases/1/results', '/v1'])('%s leads nowhere', async (path) => {
    const answer = await gateway.call(path);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect([answer.status, await json(answer)]).toMatchObject([404, { code: 'not_found', instance: path }]);
  });

  it('that is down says so', async () => {
    const answer = await gateway.call('/v1/deployments');
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect([answer.status, await json(answer)]).toMatchObject([
      502,
      { code: 'upstream_unavailable', detail: 'deployer does not answer', fix: expect.any(String) },
    ]);
  });

  it.each(['/v1/releases', '/v1/activities'])('%s waits when there were too many, and says how long', async (path) => {
    const { key } = await gateway.aPrincipal(`hammer-of-${path.slice(4)}`, { role: 'viewer' });
    const first = await gateway.call(path, { key });
    expect(first.headers.get('ratelimit-policy')).toBe(`"default";q=${rateLimit};w=10`);
    expect(first.headers.get('ratelimit')).toMatch(`"default";r=${rateLimit - 1};t=`);
    const rest = await Promise.all(Array.from({ length: rateLimit + 20 }, () => gateway.call(path, { key })));
    const refused = rest.filter((answer) => answer.status === 429);
    expect(refused).toHaveLength(21);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused[0]?.json()).toMatchObject({ code: 'rate_limited' });
    expect((await gateway.call('/v1/releases')).status).toBe(200);
  });
});

it('what was received too long ago is forgotten when a process begins', async () => {
  const [archived, older, younger] = [randomUUID(), randomUUID(), randomUUID()];
  await gateway.database.query(
    `INSERT INTO activity (seq, event_id, type, source, subject, topic, at, content, received_at)
       VALUES (0, $1, 'type', 'source', 'subject', 'topic', now(), '{}', now() - interval '401 days')`,
    [archived],
  );
  await gateway.database.query(
    `INSERT INTO inbound_event VALUES ($1, now() - interval '15 days'), ($2, now() - interval '13 days')`,
    [older, younger],
  );
  const left = async () => {
    const rows = await gateway.database.query<{ id: string }>(
      `SELECT event_id AS id FROM activity WHERE event_id = $1
       UNION ALL SELECT identity FROM inbound_event WHERE identity IN ($2, $3)`,
      [archived, older, younger],
    );
    return rows.map(({ id }) => id).join();
  };
  const other = await gateway.service.another();
  try {
    await eventually(async () => (await left()) === younger, { what: 'only the event of thirteen days ago is known' });
  } finally {
    await other.stop();
  }
});

describe('the timeline', () => {
  interface Timeline {
    items: { seq: number; type: string; releaseId?: string; application?: string }[];
    nextCursor: string | null;
  }
  const ref = (application: string) => ({ releaseId: `rel_${application}`, application, version: '1.0.0' });
  const listed = (query: string, key = adminKey) => json<Timeline>(gateway.call(`/v1/activities?${query}`, { key }));

  beforeAll(async () => {
    const definition = effective(
      manifest.parse({ apiVersion: 'signalbox/v1', name: 'shop', runtime: { command: ['node', 'server.js'] } }),
    );
    const of = { releaseId: 'rel_shop', stage: 'build', attempt: 1, requestEventId: 'e' };
    const planned = { team: 'web', commit: 'c', channel: 'stable', planHash: 'h', groups: [], changes: [] };
    // The executor speaks before planning is heard: topics have no mutual order.
    await gateway.service.say(stageStarted(topics.build, of));
    await eventually(async () => (await listed('releaseId=rel_shop')).items.length === 1, { what: 'the first event' });
    for (const application of ['shop', 'blog']) {
      const { releaseId } = ref(application);
      await gateway.service.say(
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

  it('tells of one type by a part of its name, which is no pattern', async () => {
    const typesOf = async (part: string) => (await listed(`type=${part}`)).items.map(({ type }) => type);
    expect(await typesOf('release.planned')).toEqual(Array(2).fill(releasePlanned.type));
    expect([await typesOf('release_planned'), await typesOf('release%25planned')]).toEqual([[], []]);
  });

  it('tells of a release in order, page by page', async () => {
    const first = await listed('releaseId=rel_shop&limit=2');
    const second = await listed(`releaseId=rel_shop&limit=2&cursor=${first.nextCursor}`);
    const types = [...first.items, ...second.items].map(({ type }) => type.split('.').at(-4));
    expect(types).toEqual(['started', 'planned', 'started']);
    expect(second.nextCursor).toBeNull();
    const foreign = await gateway.call(`/v1/activities?releaseId=rel_blog&cursor=${first.nextCursor}`);
    expect([foreign.status, await json(foreign)]).toMatchObject([400, { detail: expect.stringMatching(/^cursor: /) }]);
  });

  it.each<[string, Identity['bindings'][number], string[]]>([
    ['of the application', { role: 'viewer', application: 'shop' }, ['shop']],
    ['of its team', { role: 'viewer', team: 'press' }, ['blog']],
    ['of all', { role: 'viewer' }, ['blog', 'shop']],
  ])('shows a reader %s just that', async (where, binding, visible) => {
    const { key } = await gateway.aPrincipal(`reader-${where.replaceAll(' ', '-')}`, binding);
    const { items } = await listed('', key);
    expect([...new Set(items.map(({ application }) => application))].sort()).toEqual(visible);
    expect(items.some(({ type }) => type.includes('taskrun'))).toBe(visible.includes('shop'));
  });

  it('refuses what it does not know', async () => {
    expect((await gateway.call('/v1/activities?colour=red')).status).toBe(400);
    for (const id of ['x', '99999999999999999999'])
      expect((await gateway.call('/v1/activities/stream', { headers: { 'last-event-id': id } })).status).toBe(400);
  });

  it('streams on behind Last-Event-ID, and ends when the gateway stops', async () => {
    const { items } = await listed('releaseId=rel_shop');
    const answer = await gateway.call('/v1/activities/stream?releaseId=rel_shop', {
      headers: { 'last-event-id': String(items[0]?.seq) },
    });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    expect(answer.headers.get('signalbox-after')).toBe(String(items[0]?.seq));
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes(`id: ${items[2]?.seq}`)) text += (await reader?.read())?.value ?? '';
    expect([...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))).toEqual([items[1]?.seq, items[2]?.seq]);
    const began = Date.now();
    await gateway.service.restart();
    expect(Date.now() - began).toBeLessThan(8_000);
    expect((await reader?.read())?.done).toBe(true);
  });
});

it('the OpenAPI document is whole as far as services answer', async () => {
  const { paths } = await json<{ paths: Record<string, object> }>(fetch(`${gateway.service.url}/openapi.json`));
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/v1/activities', '/v1/principals', '/v1/releases']));
  expect(Object.keys(paths)).not.toContain('/v1/deployments');
  const page = await fetch(`${gateway.service.url}/docs`);
  expect(await page.text()).toContain('/openapi.json');
});
