import { type ClientRequest, type IncomingMessage, request as call } from 'node:http';
import type { Duplex } from 'node:stream';
import { requestHeaders, responseHeaders } from './headers.js';
import { chooseRoute, type Route, type Target } from './target.js';

/** Forwards a request to change the protocol (websocket) and then bytes both ways. */
export function forwardUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  targets: () => readonly Target[],
  unserved: (elapsedMs: number) => void,
): void {
  // Node has taken its own listener away: a client that resets the connection must end nothing but that.
  socket.on('error', () => socket.destroy());
  const route = chooseRoute(targets(), []);
  if (route === undefined) {
    unserved(0);
    endWith(socket, '503 Service Unavailable');
    return;
  }
  const upstream = call({
    host: route.endpoint.host,
    port: route.endpoint.port,
    method: request.method,
    path: request.url,
    headers: upgradeHeaders(request),
    setHost: false,
    agent: false,
  });
  socket.once('close', () => upstream.destroy());
  relay(upstream, socket, head, route);
  upstream.end();
}

function relay(upstream: ClientRequest, socket: Duplex, head: Buffer, { endpoint, target }: Route): void {
  const startedAt = performance.now();
  const count = (failed: boolean) => target.traffic.count(failed, performance.now() - startedAt);
  endpoint.inFlight += 1;
  upstream.once('close', () => (endpoint.inFlight -= 1));
  upstream.on('error', () => {
    if (socket.destroyed) return;
    count(true);
    endWith(socket, '502 Bad Gateway');
  });
  upstream.on('response', (answer) => {
    count((answer.statusCode as number) >= 500);
    const headers = responseHeaders(answer.rawHeaders, answer.headers.connection, target.label);
    socket.write(responseHead(answer, [...headers, 'Connection', 'close']));
    answer.pipe(socket);
  });
  upstream.on('upgrade', (answer, application, first) => {
    count(false);
    socket.write(responseHead(answer, [...answer.rawHeaders, 'Signalbox-Version', target.label]));
    application.unshift(first);
    application.write(head);
    endpoint.inFlight += 1;
    application.once('close', () => (endpoint.inFlight -= 1));
    join(application, socket);
  });
}

function join(application: Duplex, socket: Duplex): void {
  application.pipe(socket).pipe(application);
  application.on('error', () => application.destroy());
  application.once('close', () => socket.destroy());
  socket.once('close', () => application.destroy());
}

function endWith(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function upgradeHeaders(request: IncomingMessage): string[] {
  return requestHeaders({
    rawHeaders: request.rawHeaders,
    connection: request.headers.connection,
    host: request.headers.host,
    forwardedFor: request.headers['x-forwarded-for'] as string | undefined,
    remoteAddress: request.socket.remoteAddress,
    chunked: false,
    upgrade: request.headers.upgrade,
  });
}

function responseHead(answer: IncomingMessage, headers: readonly string[]): string {
  let text = `HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n`;
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return `${text}\r\n`;
}
