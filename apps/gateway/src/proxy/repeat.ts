/** Milliseconds until the next try, each time; a process that ends is gone from its port sooner. */
const delays = [50, 100, 200];

/** Nobody was there to take the call. */
const unsent = new Set(['ECONNREFUSED']);
/** Whoever was called has closed the connection, perhaps in the moment it was used again: it may have done the call. */
const broken = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);
/** A process that hangs; one beside it may not. Each time takes `answeredWithinMs`. */
const late = 'UND_ERR_HEADERS_TIMEOUT';
const lateTries = 2;

/**
 * Until an answer begins, and between two parts of it. What a service cannot answer sooner it refuses; a command may take
 * longer than a question.
 */
export function answeredWithinMs(method: string): number {
  return method === 'GET' ? 15_000 : 60_000;
}

export interface UnansweredCall {
  method: string;
  idempotencyKey: string | string[] | undefined;
  /** Undefined: there was an answer. */
  error: { code?: string } | null | undefined;
  /** From 0. */
  attempt: number;
}

/**
 * After how many milliseconds a call that a service did not answer is sent again. Null: its caller is told, because it
 * was tried often enough or would do its work twice. A GET does none, and a POST with a key does it once (RFC 9110,
 * 9.2.2; PUT and DELETE would meet the version that they have made themselves).
 */
export function repeatAfterMs({ method, idempotencyKey, error, attempt }: UnansweredCall): number | null {
  const code = error?.code ?? '';
  const doesNoHarm = method === 'GET' || (method === 'POST' && idempotencyKey !== undefined);
  const isWorthIt =
    unsent.has(code) ||
    (broken.has(code) && doesNoHarm) ||
    (code === late && method === 'GET' && attempt + 1 < lateTries);
  return isWorthIt ? (delays[attempt] ?? null) : null;
}
