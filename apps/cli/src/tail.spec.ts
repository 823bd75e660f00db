import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { Client } from './client.js';
import { tail } from './tail.js';

let server: Server | undefined;
afterEach(() => new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined))));

/** What is told, and from which id each connection went on, where these streams end one after the other; then a refusal. */
async function tailed(...streams: { after?: string; text: string }[]) {
  const wentOnFrom: unknown[] = [];
  const listening = createServer((request, response) => {
    wentOnFrom.push(request.headers['last-event-id']);
    const stream = streams[wentOnFrom.length - 1];
    const type = stream ? 'text/event-stream' : 'application/json';
    const after = stream?.after === undefined ? {} : { 'signalbox-after': stream.after };
    response.writeHead(stream ? 200 : 401, { 'content-type': type, connection: 'close', ...after });
    response.end(stream ? stream.text : '{"detail":"revoked"}');
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  const told: string[] = [];
  const client = new Client({ url: `http://127.0.0.1:${port}`, key: 'k' });
  await expect(tail(client, '/v1/stream', (data) => void told.push(data))).rejects.toThrow('revoked');
  return { told, wentOnFrom };
}

it('goes on behind the last event, and before the first where the stream had begun', async () => {
  const quiet = ': connected\n\n';
  expect(
    await tailed({ after: '7', text: quiet }, { after: '7', text: `${quiet}id: 9\ndata: nine\n\ndata: late\n\n` }),
  ).toEqual({ told: ['nine', 'late'], wentOnFrom: [undefined, '7', '9'] });
});

it('of a gateway that does not say where it begins goes on with what is new', async () => {
  expect(await tailed({ text: ': connected\n\n' })).toEqual({ told: [], wentOnFrom: [undefined, undefined] });
});
