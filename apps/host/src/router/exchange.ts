import { type Agent, type ClientRequest, type IncomingMessage, type ServerResponse, request as call } from 'node:http';
import type { Socket } from 'node:net';
import { requestHeaders, responseHeaders } from './headers.js';
import { chooseRoute, type Route, type Target } from './target.js';

const patienceMs = 1_000;
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);
const mayLackLength = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE', 'TRACE']);

/** One request of a user, forwarded to one process. */
export class Exchange {
  private readonly startedAt = performance.now();
  private readonly chunked: boolean;
  private readonly hasBody: boolean;
  private refused: Route[] = [];
  private upstream: ClientRequest | undefined;
  private abandoned = false;
  private isFinished = false;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly agent: Agent,
    private readonly targets: () => readonly Target[],
    /** No process could take it, nor has one been asked. */
    private readonly unserved: (elapsedMs: number) => void,
  ) {
    const { headers } = request;
    this.chunked = headers['transfer-encoding'] !== undefined;
    this.hasBody = this.chunked || (headers['content-length'] ?? '0') !== '0';
    response.on('close', () => {
      if (response.writableFinished) return;
      this.abandoned = true;
      this.upstream?.destroy();
    });
  }

  attempt(): void {
    const route = chooseRoute(this.targets(), this.refused);
    if (route === undefined) {
      const elapsedMs = performance.now() - this.startedAt;
      const last = this.refused.at(-1);
      if (last) last.target.traffic.count(true, elapsedMs);
      else this.unserved(elapsedMs);
      answerProblem(this.response, 503, 'no_ready_deployment', 'no process of this application is ready');
      return;
    }
    route.endpoint.inFlight += 1;
    const upstream = call({
      host: route.endpoint.host,
      port: route.endpoint.port,
      method: this.request.method,
      path: this.request.url,
      headers: this.headers(),
      setHost: false,
      agent: this.agent,
    });
    this.upstream = upstream;
    upstream.on('response', (answer) => this.relay(answer, route));
    upstream.on('error', (error: NodeJS.ErrnoException) => this.onError(error, upstream, route));
    this.send(upstream);
  }

  private headers(): string[] {
    const { request } = this;
    const headers = requestHeaders({
      rawHeaders: request.rawHeaders,
      connection: request.headers.connection,
      host: request.headers.host,
      forwardedFor: request.headers['x-forwarded-for'] as string | undefined,
      remoteAddress: request.socket.remoteAddress,
      chunked: this.chunked,
      upgrade: undefined,
    });
    if (!this.hasBody && !mayLackLength.has(request.method as string) && !('content-length' in request.headers)) {
      headers.push('Content-Length', '0');
    }
    return headers;
  }

  /** The body is held back until the connection stands, so that a refused attempt has consumed nothing. */
  private send(upstream: ClientRequest): void {
    if (!this.hasBody) {
      upstream.end();
      return;
    }
    upstream.once('socket', (socket: Socket) => {
      if (socket.connecting) socket.once('connect', () => this.request.pipe(upstream));
      else this.request.pipe(upstream);
    });
  }

  private relay(answer: IncomingMessage, route: Route): void {
    const status = answer.statusCode as number;
    const headers = responseHeaders(answer.rawHeaders, answer.headers.connection, route.target.label);
    try {
      this.response.writeHead(status, answer.statusMessage, headers);
    } catch {
      // Node reads more than it writes: a status of 99, control characters. One application must not end the others.
      answer.destroy();
      this.finish(route, true);
      answerProblem(this.response, 502, 'application_failed', 'the answer of the application is no HTTP');
      return;
    }
    answer.pipe(this.response);
    answer.on('end', () => this.finish(route, status >= 500));
    answer.on('error', () => {
      this.finish(route, true);
      this.response.destroy();
    });
  }

  private onError(error: NodeJS.ErrnoException, upstream: ClientRequest, route: Route): void {
    // once an answer has begun, its own stream reports how it ends
    if (this.response.headersSent) return;
    if (this.abandoned) {
      this.finish(route, true);
    } else if (this.mayRetry(error, upstream)) {
      route.endpoint.inFlight -= 1;
      if (error.code === 'ECONNREFUSED') this.refused.push(route);
      this.attempt();
    } else {
      this.finish(route, true);
      answerProblem(this.response, 502, 'application_failed', `the application closed the connection (${error.code})`);
    }
  }

  private mayRetry(error: NodeJS.ErrnoException, upstream: ClientRequest): boolean {
    if (error.code === 'ECONNREFUSED') return true;
    const idleConnectionWasClosed = upstream.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
    return idleConnectionWasClosed && !this.hasBody && idempotent.has(this.request.method as string);
  }

  private finish({ endpoint, target }: Route, failed: boolean): void {
    if (this.isFinished) return;
    this.isFinished = true;
    endpoint.inFlight -= 1;
    const elapsedMs = performance.now() - this.startedAt;
    if (!this.abandoned) target.traffic.count(failed, elapsedMs);
    // Without those who gave up, what hangs would look fast; who leaves at once has changed their mind.
    else if (!this.response.headersSent && elapsedMs >= patienceMs) target.traffic.count(false, elapsedMs);
  }
}

function answerProblem(response: ServerResponse, status: number, code: string, detail: string): void {
  const title = status === 503 ? 'Service Unavailable' : 'Bad Gateway';
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, code });
  response.writeHead(status, title, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    ...(status === 503 && { 'retry-after': '1' }),
  });
  response.end(body);
}
