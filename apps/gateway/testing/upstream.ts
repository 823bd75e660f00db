import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IdentityVerifier } from '@signalbox/chassis';

export interface Upstream {
  url: string;
  stop(): Promise<void>;
}

/**
 * A service behind the gateway: it checks identities as every service does, and tells what it was asked. It breaks off a
 * request as often as `x-break-off` says.
 */
export async function startUpstream(audience: string, publicKey: object): Promise<Upstream> {
  const broken = new Map<unknown, number>();
  const verifier = new IdentityVerifier({ keys: [{ kty: 'OKP', ...publicKey }] });
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = request;
    if (url === '/openapi.json') {
      const paths = { '/v1/releases': { get: { operationId: 'listReleases', 'x-scope': 'read' } } };
      response.end(JSON.stringify({ openapi: '3.1.0', info: { title: 'planning', version: '1' }, paths }));
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const breaks = broken.get(headers['x-request-id']) ?? 0;
    if (breaks < Number(headers['x-break-off'] ?? 0)) {
      broken.set(headers['x-request-id'], breaks + 1);
      request.socket.destroy();
      return;
    }
    try {
      const identity = await verifier.verify(headers.authorization, { audience, method, path: url, body });
      const status = Number(headers['x-answer-with'] ?? 200);
      response.writeHead(status, { 'content-type': 'application/json', etag: '"7"' });
      response.end(JSON.stringify({ method, url, headers, body: body.toString(), identity }));
    } catch (error) {
      response.writeHead(401).end(String(error));
    }
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}
