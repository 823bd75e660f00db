import { currentTraceparent } from '@signalbox/messaging';
import type { Tracer } from '@signalbox/messaging';

/** One call to another process of the installation: its headers, and how it ended. */
export interface TracedCall {
  readonly headers: Record<string, string>;
  answered(status: number): void;
  failed(error: unknown): void;
}

const untraced: TracedCall = { headers: {}, answered: () => undefined, failed: () => undefined };

/** @param parent by default the step that is being taken; without one the call is not traced */
export function traceCall(
  tracer: Tracer | undefined,
  method: string,
  url: string,
  parent: string | undefined = currentTraceparent(),
): TracedCall {
  if (!tracer || parent === undefined) return untraced;
  const { protocol, hostname, port, pathname, origin } = new URL(url);
  const span = tracer.start({
    name: method,
    kind: 'client',
    parent,
    attributes: {
      'http.request.method': method,
      // Without the query: it may hold a signature.
      'url.full': `${origin}${pathname}`,
      'server.address': hostname,
      'server.port': Number(port || (protocol === 'https:' ? 443 : 80)),
    },
  });
  return {
    headers: { traceparent: span.traceparent },
    answered: (status) => {
      span.set({ 'http.response.status_code': status });
      if (status >= 400) span.fail(`HTTP ${status}`);
      span.end();
    },
    failed: (error) => {
      span.fail(error);
      span.end();
    },
  };
}

/** `call` with the headers of its span, which ends when the answer's head is there. */
export async function tracedFetch<A extends { status: number }>(
  tracer: Tracer | undefined,
  method: string,
  url: string,
  call: (headers: Record<string, string>) => Promise<A>,
): Promise<A> {
  const traced = traceCall(tracer, method, url);
  try {
    const answer = await call(traced.headers);
    traced.answered(answer.status);
    return answer;
  } catch (error) {
    traced.failed(error);
    throw error;
  }
}
