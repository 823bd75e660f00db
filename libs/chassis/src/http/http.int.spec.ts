import { once } from 'node:events';
import { Agent, get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, person } from '@signalbox/testing';
import type { ServiceUnderTest } from '@signalbox/testing';
import { ann, bodyOf, ThingsUnderTest } from '../../testing/things.js';

let under: ThingsUnderTest;
let service: ServiceUnderTest;

beforeAll(async () => {
  under = await ThingsUnderTest.start();
  ({ service } = under);
});
afterAll(() => under?.stop());

describe('a resource', () => {
  it('is created with its place and version', async () => {
    const answer = await under.post({ id: 'r1' });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe('/v1/things/r1');
    expect(answer.headers.get('etag')).toBe('"1"');
  });

  it('is created in the trace of the call, body or not', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await under.post({ id: 'traced' }, { traceparent });
    await service.call('GET', '/v1/things/traced', ann, undefined, { traceparent });
    expect(under.things.traces).toMatchObject({ traced: traceparent, 'read traced': traceparent });
  });

  it('is not sent again to who has it', async () => {
    const known = await service.call('GET', '/v1/things/r1', ann, undefined, { 'if-none-match': '"1"' });
    expect([known.status, await known.text(), known.headers.get('etag')]).toEqual([304, '', '"1"']);
    const stale = await service.call('GET', '/v1/things/r1', ann, undefined, { 'if-none-match': '"7"' });
    expect(stale.status).toBe(200);
  });

  it('is replaced only by who has seen it as it is', async () => {
    const put = (headers: Record<string, string>) => service.call('PUT', '/v1/things/r1', ann, {}, headers);
    expect((await put({})).status).toBe(428);
    expect((await put({ 'if-match': '*' })).status).toBe(412);
    expect((await put({ 'if-match': '"9"' })).status).toBe(412);
    const changed = await put({ 'if-match': '"1"' });
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"2"']);
    expect((await put({ 'if-match': '"1"' })).status).toBe(412);
  });
});

describe('a request in hand', () => {
  it('is answered when its service is asked to end, and its caller told to connect anew', async () => {
    const { things } = under;
    const answering = under.post({ id: 'late', waits: true });
    await eventually(() => things.arrived.includes('late'), { what: 'the request to be in hand' });
    const restarted = service.restart();
    const isClosed = () =>
      fetch(`${service.url}/health/live`).then(
        () => false,
        () => true,
      );
    await eventually(isClosed, { what: 'the service to take no more' });
    things.let();
    const answer = await answering;
    expect([answer.status, answer.headers.get('connection')]).toEqual([201, 'close']);
    await restarted;
    expect((await service.call('GET', '/v1/things/late', ann)).status).toBe(200);
  });

  it('over a connection that is in use is answered too, before the connection is closed', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const isToldToLeave = async (): Promise<boolean> => {
      const [answer] = (await once(get(`${service.url}/health/live`, { agent }), 'response')) as [IncomingMessage];
      await once(answer.resume(), 'end');
      return answer.headers.connection === 'close';
    };
    expect(await isToldToLeave()).toBe(false);
    const restarted = service.restart();
    // Each call on the heels of the last; one that is refused ends the test.
    while (!(await isToldToLeave()));
    agent.destroy();
    await restarted;
  });
});

it('nothing is left on a connection by the requests that have come over it', async () => {
  const seen: number[] = [];
  for (let count = 0; count < 6; count += 1)
    seen.push((await service.get<{ listeners: number }>('/v1/things/of/connection', ann)).listeners);
  expect(Math.max(...seen)).toBe(Math.min(...seen));
});

describe('a refusal', () => {
  it('is a problem with code, trace and what to do', async () => {
    const answer = await service.call('GET', '/v1/things/none?x=1', ann);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await bodyOf(answer)).toEqual({
      type: 'https://signalbox.dev/problems/not-found',
      title: 'Not found',
      status: 404,
      detail: expect.stringContaining('none'),
      code: 'not_found',
      instance: '/v1/things/none',
      traceId: expect.any(String),
    });
  });

  it('carries the trace of the call', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const answer = await service.call('GET', '/v1/things/none', ann, undefined, { traceparent });
    expect(await bodyOf(answer)).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c' });
  });

  it('hides what the caller may not see', async () => {
    const stranger = person('admin', 'blog');
    const hidden = await service.call('GET', '/v1/things/r1', stranger);
    const absent = await service.call('GET', '/v1/things/r0', stranger);
    expect([hidden.status, absent.status]).toEqual([404, 404]);
    expect(((await bodyOf(hidden))['detail'] as string).replace('r1', 'r0')).toBe((await bodyOf(absent))['detail']);
  });

  it('closes a route that declares no scope, even to an admin', async () => {
    expect((await service.call('GET', '/v1/things', person('admin'))).status).toBe(403);
  });

  it('names every fault of a body by its pointer', async () => {
    const answer = await under.post({ id: 5, parts: [{ name: 'ok' }, { name: 'x' }], labels: { 'a/b~c': '' } });
    expect(answer.status).toBe(400);
    const { code, errors } = (await answer.json()) as { code: string; errors: { pointer: string; code: string }[] };
    expect(code).toBe('invalid');
    expect(errors.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/id', 'invalid_type'],
      ['/parts/1/name', 'too_small'],
      ['/labels/a~1b~0c', 'too_small'],
    ]);
  });

  it('names what is wrong in the path', async () => {
    const answer = await service.call('PUT', '/v1/things/r1/labels/RED', ann, {});
    expect(await bodyOf(answer)).toMatchObject({
      status: 400,
      errors: [{ pointer: '/label', message: 'lower-case letters' }],
    });
  });

  it('says how large a body may be', async () => {
    const answer = await under.post({ id: 'x'.repeat(1_048_576) });
    expect(await bodyOf(answer)).toMatchObject({
      status: 413,
      code: 'too_large',
      fix: 'send 1,048,576 bytes at most',
    });
  });

  it('refuses a path that is no path, and characters nobody can store, as it refuses the rest', async () => {
    for (const [path, status] of [
      ['/v1/things/%ff', 400],
      [`/v1/things/${'a'.repeat(5_000)}`, 414],
    ] as const) {
      const answer = await fetch(`${service.url}${path}`);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        status,
        expect.stringMatching(/^application\/problem\+json/),
      ]);
    }
    for (const text of ['r\0', 'r\ud800']) {
      const answer = await under.post({ id: 'r', parts: [{ name: text }] });
      const faults = [{ pointer: '/parts/0/name', message: expect.stringMatching(/NUL/) }];
      expect(await bodyOf(answer)).toMatchObject({ status: 400, code: 'invalid', errors: faults });
    }
  });

  it.each([
    ['is not JSON', 'application/json', '{"id":', 400, 'malformed'],
    ['is of a kind that nobody reads', 'text/plain', '{"id":"r3"}', 415, 'unsupported_media_type'],
  ])('says so when a body %s', async (_what, type, body, status, code) => {
    const answer = await fetch(`${service.url}/v1/things`, { method: 'POST', headers: { 'content-type': type }, body });
    expect(await bodyOf(answer)).toMatchObject({ status, code, fix: expect.any(String) });
  });

  it('says where there are paths and methods when nothing is at this one', async () => {
    for (const [method, path] of [
      ['PATCH', '/v1/things/r1'],
      ['GET', '/v1/nothing'],
    ] as const)
      expect(await bodyOf(await service.call(method, path, ann))).toMatchObject({
        status: 404,
        fix: expect.stringContaining('/docs'),
      });
  });

  it.each([
    ['waits too long for a lock', '55P03'],
    ['loses its database', '57P01'],
  ])('says when to try again where the command %s', async (_what, sqlState) => {
    under.things.failures = [sqlState];
    const answer = await under.post({ id: `t${sqlState}` });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await bodyOf(answer)).toMatchObject({ code: 'unavailable', fix: expect.any(String) });
  });

  it('is a conflict where somebody else was quicker with the same unique value', async () => {
    under.things.failures = ['23505'];
    const answer = await under.post({ id: 'u1' });
    expect([answer.status, (await bodyOf(answer))['code']]).toEqual([409, 'conflict']);
  });

  it('names a field that does not exist', async () => {
    const answer = await under.post({ id: 'r2', parts: [{ name: 'ok', colour: 'red' }] });
    expect(await bodyOf(answer)).toMatchObject({
      status: 400,
      errors: [{ pointer: '/parts/0', code: 'unrecognized_keys', message: 'unknown key "colour"' }],
    });
  });
});
