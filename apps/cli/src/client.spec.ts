import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Client } from './client.js';
import type { Patience } from './client.js';
import type { Access } from './config.js';
import { UnavailableFailure } from './failure.js';

interface Said {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

let server: Server | undefined;
afterEach(() => new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined))));

/** A server that says these things, one a request. */
async function saying(answer: (request: IncomingMessage, count: number) => Said, patience?: Partial<Patience>) {
  const asked: IncomingMessage[] = [];
  const listening = createServer((request, response) => {
    asked.push(request);
    const { status, headers, body = {} } = answer(request, asked.length);
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close', ...headers });
    response.end(JSON.stringify(body));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  return { client: new Client({ url: `http://127.0.0.1:${port}`, key: 'k' }, patience), asked };
}

const stillRunning = (retryAfter: string): Said => ({
  status: 409,
  headers: { 'retry-after': retryAfter },
  body: { code: 'still_running', detail: 'the first request with this key is still running' },
});

describe('a call', () => {
  it.each<[string, Said]>([
    ['whose first try still runs', stillRunning('1')],
    ['of a caller who has asked too often', { status: 429, headers: { 'retry-after': '1' } }],
    ['of a service that is not available', { status: 503, headers: { 'retry-after': '1' } }],
  ])('%s is made again with the same key when Retry-After says', async (_what, first) => {
    const { client, asked } = await saying((_request, count) =>
      count === 1 ? first : { status: 200, body: { id: 1 } },
    );
    const begin = performance.now();
    expect(await client.post('/v1/things')).toEqual({ id: 1 });
    expect(performance.now() - begin).toBeGreaterThan(950);
    const keys = asked.map(({ headers }) => headers['idempotency-key']);
    expect([keys.length, new Set(keys).size]).toEqual([2, 1]);
  });

  it('is made again after the longest wait when Retry-After says an hour', async () => {
    const hour = stillRunning('3600');
    const { client, asked } = await saying((_request, count) => (count === 1 ? hour : { status: 200 }), {
      longestWaitMs: 50,
    });
    const begin = performance.now();
    await client.post('/v1/things');
    expect(performance.now() - begin).toBeLessThan(2_000);
    expect(asked).toHaveLength(2);
  });

  it('of a service that is being restarted is made again until it is back', async () => {
    const away: Said = { status: 502, body: { code: 'upstream_unavailable', detail: 'planning does not answer' } };
    const { client, asked } = await saying((_request, count) => (count <= 8 ? away : { status: 200 }), {
      longestWaitMs: 10,
    });
    await client.post('/v1/things');
    expect(asked).toHaveLength(9);
  });

  it('of a service that stays away is given up, as one that may be tried later', async () => {
    const away: Said = { status: 502, body: { code: 'upstream_unavailable', detail: 'planning does not answer' } };
    const { client } = await saying(() => away, { unavailableMs: 100 });
    const failure = await client.post('/v1/things').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UnavailableFailure);
    expect(failure).toMatchObject({ exitCode: 1, details: { code: 'upstream_unavailable' } });
  });

  it('while nobody listens is made again for as long as it was told to', async () => {
    const { client, asked } = await saying(() => ({ status: 200 }), { unreachableMs: 10_000 });
    const listening = server as Server;
    const { port } = listening.address() as AddressInfo;
    await new Promise((resolve) => listening.close(resolve));
    const hasty = new Client({ url: `http://127.0.0.1:${port}`, key: 'k' }, { unreachableMs: 0 });
    await expect(hasty.post('/v1/things')).rejects.toBeInstanceOf(UnavailableFailure);
    const answer = client.post('/v1/things');
    setTimeout(() => listening.listen(port, '127.0.0.1'), 300);
    await answer;
    expect(asked).toHaveLength(1);
  });

  it('whose first try runs for ever is given up after five tries', async () => {
    const { client, asked } = await saying(() => stillRunning('0'));
    await expect(client.post('/v1/things')).rejects.toMatchObject({ exitCode: 5, details: { code: 'still_running' } });
    expect(asked).toHaveLength(5);
  });

  it('that meets another conflict is not made again', async () => {
    const { client, asked } = await saying(() => ({ status: 409, body: { code: 'plan_changed' } }));
    await expect(client.post('/v1/things')).rejects.toMatchObject({ exitCode: 5, details: { code: 'plan_changed' } });
    expect(asked).toHaveLength(1);
  });
});

describe('a call that cannot help itself', () => {
  const made = 'an admin makes one: docs/your-application.md#people-machines-and-keys';
  it.each<[string, Access['keyFrom'], string]>([
    ['a variable', { variable: 'SIGNALBOX_KEY' }, `it is the one in SIGNALBOX_KEY: set another; ${made}`],
    [
      'a context',
      { context: 'ann', file: '/x/cli.json' },
      `it is that of context ann in /x/cli.json: signalbox context add ann takes another; ${made}`,
    ],
    ['nobody knows where', undefined, made],
  ])('says where a key that does not count is from: %s', async (_where, keyFrom, fix) => {
    const body = { code: 'unauthenticated', detail: 'this API key is not known' };
    const { client } = await saying(() => ({ status: 401, body }));
    const { url, key } = client.access;
    const asked = new Client({ url, key, ...(keyFrom && { keyFrom }) }).get('/v1/things');
    await expect(asked).rejects.toMatchObject({ exitCode: 4, message: body.detail, details: { fix } });
  });

  it.each([
    ['npm start in the checkout', undefined],
    ['npm run cluster in the checkout', 'npm run cluster'],
  ])('says %s where nobody listens, and the installation is started by %s', async (fix, start) => {
    const access = { url: 'http://127.0.0.1:1', key: 'k', ...(start && { start }) };
    const asked = new Client(access, { unreachableMs: 0 }).get('/v1/things');
    await expect(asked).rejects.toMatchObject({ message: `${access.url} does not answer`, details: { fix } });
  });

  it('says whom to ask when no answer comes', async () => {
    const hanging = createServer(() => undefined);
    server = hanging;
    await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(hanging.address() as AddressInfo).port}`;
    const failure = await new Client({ url, key: 'k' }, { answerMs: 50, unreachableMs: 0 })
      .get('/v1/things')
      .catch((error: unknown) => error);
    hanging.closeAllConnections();
    expect(failure).toMatchObject({
      exitCode: 3,
      message: `no answer from ${url} in 0.05s`,
      details: { fix: expect.stringMatching(/^signalbox doctor .* does it run/) },
    });
  });
});

describe('a list', () => {
  it('is read to its end, page by page, with the same filter', async () => {
    const pages: Record<string, unknown> = {
      '': { items: [1, 2], nextCursor: 'a&b' },
      'a&b': { items: [3], nextCursor: 'c' },
      c: { items: [4], nextCursor: null },
    };
    const { client, asked } = await saying(({ url = '' }) => ({
      status: 200,
      body: pages[new URL(url, 'http://x').searchParams.get('cursor') ?? ''],
    }));
    expect(await client.list('/v1/things', { application: 'shop' })).toEqual([1, 2, 3, 4]);
    expect(asked.map(({ url }) => url)).toEqual([
      '/v1/things?application=shop&limit=200',
      '/v1/things?application=shop&limit=200&cursor=a%26b',
      '/v1/things?application=shop&limit=200&cursor=c',
    ]);
  });

  it('of a mistyped application is no empty one, whatever else it is filtered by', async () => {
    const { client, asked } = await saying(({ url = '' }) =>
      url.startsWith('/v1/things')
        ? { status: 200, body: { items: [] } }
        : { status: 404, body: { code: 'not_found', detail: 'no application shpo' } },
    );
    expect(await client.listOf('/v1/things', undefined, { status: 'open' })).toEqual([]);
    await expect(client.listOf('/v1/things', 'shpo', { status: 'open' })).rejects.toThrow('no application shpo');
    expect(asked.map(({ url }) => url)).toEqual([
      '/v1/things?status=open&limit=200',
      '/v1/things?status=open&application=shpo&limit=200',
      '/v1/applications/shpo',
    ]);
  });
});
