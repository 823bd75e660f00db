import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@signalbox/testing';
import { Router } from './router.js';
import type { Endpoint, Target } from './target.js';
import { DeploymentTraffic } from './traffic.js';

const servers: (Server | TcpServer)[] = [];
let router: Router;
let url: string;

beforeEach(async () => {
  router = new Router();
  url = `http://127.0.0.1:${await router.listen(0, '127.0.0.1', () => false)}`;
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await router.close(100);
});

async function listening(server: Server | TcpServer): Promise<Endpoint> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, inFlight: 0 };
}

const application = async (answer: RequestListener) => listening(createServer(answer));

async function refusing(): Promise<Endpoint> {
  const server = createTcpServer();
  const endpoint = await listening(server);
  server.close();
  await once(server, 'close');
  return endpoint;
}

/** Answers one request on each connection and resets it on the second. */
async function closingIdleConnections(): Promise<Endpoint> {
  return listening(
    createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        socket.once('data', () => socket.resetAndDestroy());
      });
    }),
  );
}

const target = (weight: number, ...endpoints: Endpoint[]): Target => ({
  label: `${weight}@1`,
  weight,
  endpoints,
  traffic: new DeploymentTraffic(String(weight), 1),
  current: 0,
  next: 0,
});

describe('router', () => {
  it('asks another process when one refuses the connection, with the whole body', async () => {
    const echo = await application((incoming, response) => void incoming.pipe(response));
    router.route([target(90, await refusing(), await refusing()), target(10, echo)]);
    for (let i = 0; i < 10; i += 1) {
      const answer = await fetch(url, { method: 'POST', body: `order ${i}` });
      expect([answer.status, await answer.text()]).toEqual([200, `order ${i}`]);
    }
  });

  it('counts the time of a request whose sender gave up after a second without an answer', async () => {
    const silent = target(100, await application(() => undefined));
    router.route([silent]);
    await expect(fetch(url, { signal: AbortSignal.timeout(1_100) })).rejects.toThrow(/timeout/);
    await eventually(() => silent.traffic.requests === 1, { what: 'the request to be counted' });
    expect(silent.traffic.errors).toBe(0);
    const { bucketsMs, counts } = silent.traffic.snapshot().latency;
    expect(bucketsMs[counts.indexOf(1)] ?? Infinity).toBeGreaterThanOrEqual(1_000);
    expect(silent.endpoints[0]?.inFlight).toBe(0);
  });

  it('answers 503 when all refuse, and counts that as an error', async () => {
    const broken = target(100, await refusing());
    router.route([broken]);
    expect((await fetch(url)).status).toBe(503);
    expect(broken.traffic).toMatchObject({ requests: 1, errors: 1 });
    expect(broken.endpoints[0]?.inFlight).toBe(0);
  });

  it('repeats a GET whose idle connection was closed, never a POST', async () => {
    const flaky = target(100, await closingIdleConnections());
    router.route([flaky]);
    for (let i = 0; i < 6; i += 1) expect(await (await fetch(url)).text()).toBe('ok');
    expect(flaky.traffic.errors).toBe(0);
    const statuses = [];
    for (let i = 0; i < 2; i += 1) statuses.push((await fetch(url, { method: 'POST', body: 'order' })).status);
    expect(statuses).toContain(502);
    expect(flaky.traffic.errors).toBe(1);
  });

  it('does not count what the user gave up at once', async () => {
    const slow = target(100, await application(() => undefined));
    router.route([slow]);
    const asked = request(url).end();
    asked.on('error', () => undefined);
    await eventually(async () => slow.endpoints[0]?.inFlight === 1, { what: 'a request in flight' });
    asked.destroy();
    await eventually(async () => slow.endpoints[0]?.inFlight === 0, { what: 'no request in flight' });
    expect(slow.traffic.requests).toBe(0);
  });

  it('counts an answer that breaks off as an error and breaks off itself', async () => {
    const broken = target(
      100,
      await application((incoming, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('half');
        setImmediate(() => incoming.socket.destroy());
      }),
    );
    router.route([broken]);
    const [answer] = await once(request(url).end(), 'response');
    await expect(text(answer)).rejects.toThrow('aborted');
    expect(broken.traffic).toMatchObject({ requests: 1, errors: 1 });
  });

  it.each([
    ['a status that is none', 'HTTP/1.1 099 Odd'],
    ['a reason that no answer may have', 'HTTP/1.1 200 \u0001'],
  ])('answers 502 to %s, and serves the next', async (_what, statusLine) => {
    const odd = await listening(
      createTcpServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => socket.end(`${statusLine}\r\nContent-Length: 0\r\n\r\n`));
      }),
    );
    const own = target(100, odd);
    router.route([own]);
    expect((await fetch(url)).status).toBe(502);
    expect(own.traffic.snapshot()).toMatchObject({ requests: 1, errors: 1 });
    router.route([target(100, await application((_, response) => response.end('fine')))]);
    expect(await (await fetch(url)).text()).toBe('fine');
  });

  it('outlives a client that asks for a websocket and resets the connection while there is none', async () => {
    const client = connect(Number(new URL(url).port), '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await once(client, 'readable');
    client.resetAndDestroy();
    await once(client, 'close');
    expect((await fetch(url)).status).toBe(503);
  });

  it('serves a request that offers another protocol than a websocket as any other, with its body', async () => {
    const echo = await application(async (incoming, response) => response.end(await text(incoming)));
    router.route([target(100, echo)]);
    const headers = {
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': '',
      'content-length': 4,
    };
    const call = request(url, { method: 'POST', headers });
    call.end('body');
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    expect([answer.statusCode, await text(answer)]).toEqual([200, 'body']);
  });

  it('sends a POST without a body with its length', async () => {
    const headers = await application((incoming, response) => void response.end(JSON.stringify(incoming.headers)));
    router.route([target(100, headers)]);
    const received = (await (await fetch(url, { method: 'POST' })).json()) as Record<string, string>;
    expect(received).toMatchObject({ 'content-length': '0', 'x-forwarded-for': '127.0.0.1', host: url.slice(7) });
    expect(received['transfer-encoding']).toBeUndefined();
  });
});
