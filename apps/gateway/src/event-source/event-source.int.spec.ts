import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { draft, releasePlanned } from '@signalbox/domain';
import { eventually } from '@signalbox/testing';
import { bothWays } from '../../testing/contract/both-ways.js';
import { adminKey, GatewayUnderTest, json } from '../../testing/gateway-under-test.js';
import { aCloudEvent, archived, eventSources, figuresOf, publish } from '../../testing/outside.js';
import type { Intake } from '../../testing/outside.js';

bothWays('the embedded log', () => Promise.resolve({}));

describe('a source of events outside', () => {
  let gateway: GatewayUnderTest;
  beforeAll(async () => {
    gateway = await GatewayUnderTest.start({ EVENT_SOURCES: eventSources });
  });
  afterAll(() => gateway.stop());

  const send = (body: unknown, more: { key?: string; source?: string; type?: string } = {}) =>
    publish(gateway.service.url, more.key ?? adminKey, body, more);
  const refusals = (query = '') =>
    json<{ items: { code: string; id: string | null; pointer: string }[]; nextCursor: string | null }>(
      gateway.call(`/v1/event-sources/argo/refusals${query}`),
    );

  const refusedOnes = async () => {
    const metrics = await (await fetch(`${gateway.service.url}/metrics`)).text();
    return Number(/inbound_events_total\{source="argo",outcome="refused"\} (\d+)/.exec(metrics)?.[1]);
  };

  it('sends a batch of which each event is judged on its own', async () => {
    const [known, repeated, fresh] = [aCloudEvent(), aCloudEvent(), aCloudEvent()];
    expect(await json<Intake>(send([known]))).toMatchObject({ accepted: 1 });
    const answer = await send([
      known,
      repeated,
      { ...aCloudEvent(), id: undefined },
      repeated,
      'no event',
      aCloudEvent({ id: 'forged', source: '/jenkins' }),
      fresh,
      aCloudEvent({ id: 'nul', data: { context: {}, subject: { id: 'a\0' } } }),
    ]);
    expect(answer.status).toBe(202);
    const intake = await json<Intake>(answer);
    expect(intake).toMatchObject({ accepted: 2, duplicates: 2 });
    expect(intake.refused.map(({ index, id, code, pointer }) => [index, id, code, pointer])).toEqual([
      [2, undefined, 'invalid', '/id'],
      [4, undefined, 'malformed', ''],
      [5, 'forged', 'forged_source', '/source'],
      [7, 'nul', 'invalid', '/data/subject/id'],
    ]);
    expect((await refusals('?limit=4')).items.map(({ code }) => code)).toEqual([
      'invalid',
      'forged_source',
      'malformed',
      'invalid',
    ]);
    await eventually(async () => (await figuresOf(gateway)).accepted === 3, { what: 'what it accepted to be counted' });
  });

  it('need not say where its events are from, in binary mode as little as in the others', async () => {
    const {
      data,
      source: _,
      ...attributes
    } = aCloudEvent({
      data: { context: {}, subject: { id: 'stamped', content: {} } },
    });
    const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)]);
    const answer = await gateway.call('/v1/event-sources/jenkins/events', {
      method: 'POST',
      body: data as object,
      headers: Object.fromEntries(headers) as Record<string, string>,
    });
    expect([answer.status, await json<Intake>(answer)]).toMatchObject([202, { accepted: 1 }]);
    expect(await json<Intake>(send({ ...attributes, data }, { source: 'jenkins' }))).toMatchObject({ duplicates: 1 });
    const [found] = await eventually(
      async () => {
        const list = await archived(gateway, 'stamped');
        return list.length === 1 && list;
      },
      { what: 'it is archived' },
    );
    expect(found).toEqual({ source: 'https://ci.example.org/', topic: 'signalbox.inbound.jenkins' });
  });

  it.each<[string, number, string, unknown]>([
    ['forged', 403, 'forged_source', aCloudEvent({ source: '/jenkins' })],
    ['of a type that is ours', 403, 'reserved_type', aCloudEvent({ type: releasePlanned.type })],
    ['without time', 400, 'invalid', aCloudEvent({ time: 'noon' })],
    ['that is no object', 400, 'malformed', '[]'],
    [
      'larger than a record may be',
      413,
      'too_large',
      aCloudEvent({ data: { context: {}, subject: { id: 's', content: { text: 'x'.repeat(900_000) } } } }),
    ],
  ])('is told by a problem of a single event %s, which is noted', async (_what, status, code, body) => {
    const before = await figuresOf(gateway);
    const answer = await send(body, { type: 'application/cloudevents+json' });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect([answer.status, await json(answer)]).toMatchObject([
      status,
      { code, errors: [{ code }], instance: '/v1/event-sources/argo/events' },
    ]);
    const after = await figuresOf(gateway);
    expect([after.refused - before.refused, after.accepted - before.accepted]).toEqual([1, 0]);
    expect((await refusals('?limit=1')).items).toMatchObject([{ code }]);
  });

  it.each<[string, unknown, string | undefined, number, string, RegExp]>([
    ['no JSON', '{', 'application/cloudevents+json', 400, 'malformed', /not JSON/],
    ['no JSON, as a batch', '{', 'application/cloudevents-batch+json', 400, 'malformed', /not JSON/],
    ['no JSON, in binary mode', '{', 'application/json', 400, 'malformed', /not JSON/],
    ['without attributes', '{}', 'application/json', 400, 'invalid', /without ce-\* headers/],
    ['an empty batch', '[]', 'application/cloudevents-batch+json', 400, 'invalid', /the batch is empty/],
    ['one event as a batch', '{}', 'application/cloudevents-batch+json', 400, 'invalid', /a JSON array/],
    ['of 501 events', Array.from({ length: 501 }, () => aCloudEvent()), undefined, 413, 'too_large', /at most 500/],
  ])(
    'is told of a request as a whole that is %s, which is noted as one',
    async (_what, body, type, status, code, says) => {
      const before = await figuresOf(gateway);
      const counted = await refusedOnes();
      const answer = await send(body, type === undefined ? {} : { type });
      expect([answer.status, await json(answer)]).toMatchObject([
        status,
        { code, detail: expect.stringMatching(says), fix: expect.stringContaining('send ') },
      ]);
      expect((await figuresOf(gateway)).refused - before.refused).toBe(1);
      expect((await refusedOnes()) - counted).toBe(1);
      expect((await refusals('?limit=1')).items).toMatchObject([{ code, message: expect.stringMatching(says) }]);
    },
  );

  it('has nothing noted of what is not read, or not its own', async () => {
    const before = await figuresOf(gateway);
    const kinds =
      /^send application\/cloudevents\+json, application\/cloudevents-batch\+json, or application\/json with/;
    const cases: [string, string, number, string, RegExp][] = [
      ['a: 1', 'application/yaml', 415, 'unsupported_media_type', kinds],
      ['<a/>', 'text/xml', 415, 'unsupported_media_type', kinds],
      [`"${'x'.repeat(1_048_576)}"`, 'application/cloudevents+json', 413, 'too_large', /1,048,576 bytes/],
    ];
    for (const [body, type, status, code, fix] of cases) {
      const answer = await send(body, { type });
      expect([answer.status, await json(answer)]).toMatchObject([status, { code, fix: expect.stringMatching(fix) }]);
    }
    const { key } = await gateway.aPrincipal('reads-only', { role: 'viewer' });
    expect((await send('{', { key, type: 'application/json' })).status).toBe(403);
    expect(await figuresOf(gateway)).toEqual(before);
  });

  it('is served by its own key alone, which opens nothing else', async () => {
    const { key } = await gateway.aPrincipal('argo-events', { role: 'publisher', source: 'argo' });
    expect((await send(aCloudEvent(), { key })).status).toBe(202);
    const { key: other } = await gateway.aPrincipal('jenkins-events', { role: 'publisher', source: 'jenkins' });
    const { key: operator } = await gateway.aPrincipal('op', { role: 'operator' });
    for (const wrong of [other, operator]) {
      const answer = await send(aCloudEvent(), { key: wrong });
      expect([answer.status, await json(answer)]).toMatchObject([403, { code: 'forbidden', fix: expect.any(String) }]);
    }
    const unknown = await send(aCloudEvent(), { source: 'nobody' });
    expect([unknown.status, await json(unknown)]).toMatchObject([
      404,
      { fix: expect.stringContaining('argo, jenkins') },
    ]);
    expect((await gateway.call('/v1/event-sources', { key })).status).toBe(403);
    expect((await gateway.call('/v1/activities', { key })).status).toBe(403);
    expect((await gateway.call('/v1/event-sources', { key: operator })).status).toBe(200);
  });

  it.each([
    [{ role: 'publisher' }],
    [{ role: 'publisher', source: 'argo', application: 'shop' }],
    [{ role: 'admin', source: 'argo' }],
    [{ role: 'viewer', source: 'argo' }],
  ])('is nobody’s by %j', async (wrong) => {
    const body = { name: 'half', bindings: [wrong] };
    const answer = await gateway.call('/v1/principals', { method: 'POST', body });
    expect([answer.status, await json(answer)]).toMatchObject([400, { errors: [{ pointer: '/bindings/0/source' }] }]);
  });

  it('shows in the timeline of a release that its events name, to those who may see that', async () => {
    const chainId = 'rel_shop';
    const planned = { team: 'web', commit: 'c', channel: 'stable', planHash: 'h', groups: [], changes: [] };
    const ref = { releaseId: chainId, application: 'shop', version: '1.0.0' };
    await gateway.service.say(draft(releasePlanned, { subject: chainId, chainId, content: { ...ref, ...planned } }));
    const { key } = await gateway.aPrincipal('reader', { role: 'viewer', application: 'shop' });
    const listed = async () =>
      (await json<{ items: { type: string; application?: string }[] }>(gateway.call('/v1/activities', { key }))).items;
    await eventually(async () => (await listed()).length === 1, { what: 'the release is known' });
    const data = { context: { chainId }, subject: { id: 'shop', content: {} } };
    await send([
      aCloudEvent({ data }),
      aCloudEvent({ data: { ...data, context: {} }, chainid: chainId }),
      aCloudEvent(),
    ]);
    await eventually(async () => (await listed()).length === 3, { what: 'both are in the timeline' });
    expect((await listed()).map(({ application }) => application)).toEqual(['shop', 'shop', 'shop']);
  });

  it('has its refusals listed page by page, and about a thousand of them kept', async () => {
    await send([aCloudEvent({ id: 'of another', source: '/x' })], { source: 'jenkins' });
    for (let batch = 0; batch < 4; batch += 1) {
      const forged = Array.from({ length: 400 }, (_, at) => aCloudEvent({ id: `${batch}-${at}`, source: '/x' }));
      expect((await json<Intake>(send(forged))).refused).toHaveLength(400);
    }
    const first = await refusals('?limit=2');
    const second = await refusals(`?limit=2&cursor=${first.nextCursor}`);
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(['3-399', '3-398', '3-397', '3-396']);
    const kept = await gateway.database.query<{ source: string; count: number }>(
      'SELECT source, count(*)::int AS count FROM event_refusal GROUP BY source ORDER BY source',
    );
    expect(kept).toMatchObject([{ source: 'argo', count: 1_000 }, { source: 'jenkins' }]);
    expect((await gateway.call(`/v1/event-sources/jenkins/refusals?cursor=${first.nextCursor}`)).status).toBe(400);
  });

  it('is told of by its figures', async () => {
    const before = await figuresOf(gateway, 'jenkins');
    expect(before).toMatchObject({ prefix: 'https://ci.example.org/', topic: 'signalbox.inbound.jenkins' });
    await send(aCloudEvent({ source: 'https://ci.example.org/job/7' }), { source: 'jenkins' });
    const after = await eventually(
      async () => {
        const figures = await figuresOf(gateway, 'jenkins');
        return figures.accepted === before.accepted + 1 && figures;
      },
      { what: 'it is counted' },
    );
    expect(Date.parse(after.lastReceivedAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
    const metrics = await (await fetch(`${gateway.service.url}/metrics`)).text();
    const shown = (outcome: string) =>
      Number(new RegExp(`inbound_events_total\\{source="jenkins",outcome="${outcome}"\\} (\\d+)`).exec(metrics)?.[1]);
    expect([shown('accepted'), shown('duplicate')]).toEqual([after.accepted, after.duplicates]);
  });
});
