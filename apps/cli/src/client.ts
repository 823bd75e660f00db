import { randomUUID } from 'node:crypto';
import { Failure, UnavailableFailure } from './failure.js';
import type { ExitCode } from './failure.js';
import { startFix } from './cli-file.js';
import type { Access } from './config.js';

interface ProblemBody {
  title?: string;
  detail?: string;
  status?: number;
  code?: string;
  traceId?: string;
  fix?: string;
  allowedTransitions?: string[];
  errors?: { pointer: string; message: string; line?: number; column?: number }[];
}

export interface Answer<T> {
  body: T;
  status: number;
  etag: string | undefined;
}

interface CallOptions {
  body?: unknown;
  /** Of JSON that is more than that. */
  contentType?: string;
  ifMatch?: string;
}

/** How long a call is made again; in milliseconds. */
export interface Patience {
  /** Between two tries, whatever Retry-After says: somebody sits before the terminal. */
  longestWaitMs: number;
  /** While nobody listens at the gateway's address: mostly because nothing was started. */
  unreachableMs: number;
  /** While the gateway says that a service is away: one that was killed is back within seconds. */
  unavailableMs: number;
  /** For one answer. */
  answerMs: number;
}

/** The most that a page of the API may have. */
const pageSize = '200';
const triesWhenBusy = 5;
const usualPatience: Patience = {
  longestWaitMs: 5_000,
  unreachableMs: 2_000,
  unavailableMs: 20_000,
  answerMs: 30_000,
};

/** A path whose values are encoded, except a query that has been built already. */
export function route(texts: TemplateStringsArray, ...values: (string | URLSearchParams)[]): string {
  const encoded = values.map((value) => (typeof value === 'string' ? encodeURIComponent(value) : String(value)));
  return String.raw({ raw: texts }, ...encoded);
}

/** The public REST API, as any integrator uses it. */
export class Client {
  readonly patience: Patience;

  constructor(
    readonly access: Access,
    patience: Partial<Patience> = {},
  ) {
    this.patience = { ...usualPatience, ...patience };
  }

  get<T = Record<string, unknown>>(path: string): Promise<T> {
    return this.call<T>('GET', path).then(({ body }) => body);
  }

  post<T = Record<string, unknown>>(path: string, body: unknown = {}): Promise<T> {
    return this.call<T>('POST', path, { body }).then((answer) => answer.body);
  }

  /** The items of every page of a list. */
  async list<T>(path: string, filter: Record<string, string> = {}): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null | undefined;
    do {
      const query = new URLSearchParams({ ...filter, limit: pageSize, ...(cursor && { cursor }) });
      const page = await this.get<{ items: T[]; nextCursor?: string | null }>(`${path}?${query}`);
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor);
    return items;
  }

  /**
   * As `list`, of one application or of all. An empty one is not taken for the answer to a mistyped name.
   * @throws Failure not_found where there is no such application for this caller
   */
  async listOf<T>(path: string, application: string | undefined, filter: Record<string, string> = {}): Promise<T[]> {
    if (application === undefined) return this.list<T>(path, filter);
    const items = await this.list<T>(path, { ...filter, application });
    if (items.length === 0) await this.get(route`/v1/applications/${application}`);
    return items;
  }

  /** POSTs carry one Idempotency-Key over all tries, so that a lost answer does nothing twice. */
  async call<T>(
    method: string,
    path: string,
    { body, contentType = 'application/json', ifMatch }: CallOptions = {},
  ): Promise<Answer<T>> {
    const headers: Record<string, string> = {
      authorization: `Bearer ${this.access.key}`,
      ...(body !== undefined && { 'content-type': contentType }),
      ...(method === 'POST' && { 'idempotency-key': randomUUID() }),
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
    };
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await this.send(path, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    const parsed: unknown = isJson && text !== '' ? JSON.parse(text) : text;
    if (!response.ok) throw problemFailure(response.status, parsed as ProblemBody, this.access);
    return { body: parsed as T, status: response.status, etag: response.headers.get('etag') ?? undefined };
  }

  /**
   * Server-sent events of a path, until the caller stops reading or the server ends.
   * @returns after: the id behind which they begin; undefined: the server does not say
   */
  async stream(
    path: string,
    lastEventId?: string,
  ): Promise<{ events: ReadableStream<Uint8Array>; after: string | undefined }> {
    const headers = {
      authorization: `Bearer ${this.access.key}`,
      accept: 'text/event-stream',
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    };
    const response = await fetch(`${this.access.url}${path}`, { headers }).catch((error: unknown) => {
      throw unreachable(this.access, error as Error, this.patience.answerMs);
    });
    if (!response.ok || !response.body)
      throw problemFailure(response.status, (await response.json()) as ProblemBody, this.access);
    return { events: response.body, after: response.headers.get('signalbox-after') ?? undefined };
  }

  private async send(path: string, init: RequestInit): Promise<Response> {
    const began = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      const answer = await fetch(`${this.access.url}${path}`, {
        ...init,
        signal: AbortSignal.timeout(this.patience.answerMs),
      }).catch((error: unknown) => error as Error);
      if (answer instanceof Response && !(await isPassing(answer))) return answer;
      if (!this.insists(answer, attempt, performance.now() - began)) {
        if (answer instanceof Response) return answer;
        throw unreachable(this.access, answer, this.patience.answerMs);
      }
      const asked = answer instanceof Response ? secondsOf(answer.headers.get('retry-after')) : undefined;
      const waitMs = asked === undefined ? Math.min(200 * attempt, 1_000) : asked * 1_000;
      await new Promise((resolve) => {
        setTimeout(resolve, Math.min(waitMs, this.patience.longestWaitMs));
      });
    }
  }

  private insists(answer: Response | Error, attempt: number, sinceMs: number): boolean {
    if (answer instanceof Response)
      return isAway(answer.status) ? sinceMs < this.patience.unavailableMs : attempt < triesWhenBusy;
    // A process that hangs keeps its connections: the next try may reach another one.
    return answer.name === 'TimeoutError'
      ? attempt < 2 && this.patience.unreachableMs > 0
      : sinceMs < this.patience.unreachableMs;
  }
}

/** The gateway answers, but not the service behind it. */
function isAway(status: number): boolean {
  return status === 502 || status === 503;
}

/** A refusal that the same request may not meet again: also of one whose first try, not heard of any more, still runs. */
async function isPassing(answer: Response): Promise<boolean> {
  if (answer.status !== 409) return answer.status === 429 || isAway(answer.status);
  const problem = (await answer
    .clone()
    .json()
    .catch(() => ({}))) as ProblemBody;
  return problem.code === 'still_running';
}

function secondsOf(retryAfter: string | null): number | undefined {
  return retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined;
}

function unreachable({ url, start }: Access, error: Error, timeoutMs: number): Failure {
  if (error.name === 'TimeoutError')
    return new Failure(3, `no answer from ${url} in ${timeoutMs / 1000}s`, {
      fix: `signalbox doctor tells what hangs; if it cannot, is ${url} the gateway, and does it run? Its log tells`,
    });
  return new UnavailableFailure(1, `${url} does not answer`, { fix: startFix(start) });
}

const exitCodes: Record<number, ExitCode> = { 400: 2, 401: 4, 403: 4, 409: 5, 412: 5, 422: 5, 428: 2 };

const keysPage = 'docs/your-application.md#people-machines-and-keys';

/** A key that does not count is not made good by trying again: where it is from, and where there are others. */
function fixOfKey({ keyFrom }: Access): string {
  const another = `an admin makes one: ${keysPage}`;
  if (keyFrom === undefined) return another;
  if ('variable' in keyFrom) return `it is the one in ${keyFrom.variable}: set another; ${another}`;
  const { context, file } = keyFrom;
  return `it is that of context ${context} in ${file}: signalbox context add ${context} takes another; ${another}`;
}

function problemFailure(status: number, problem: ProblemBody, access: Access): Failure {
  const where = problem.errors?.filter((error) => error.line !== undefined) ?? [];
  const pointed = problem.errors?.filter((error) => error.line === undefined) ?? [];
  const fix = status === 401 ? fixOfKey(access) : problem.fix;
  const Kind = isAway(status) ? UnavailableFailure : Failure;
  return new Kind(exitCodes[status] ?? 1, problem.detail ?? problem.title ?? `HTTP ${status}`, {
    ...(problem.code && { code: problem.code }),
    ...(problem.traceId && status >= 500 && { traceId: problem.traceId }),
    ...(fix && { fix }),
    lines: [
      ...where.slice(1).map((error) => `signalbox.yaml:${error.line}:${error.column} ${error.message}`),
      ...pointed.map((error) => `  ${error.pointer || '/'}: ${error.message}`),
    ],
  });
}
