import type { Link } from './proxy.js';

/** A statement as a client has sent it; of values that are null, nothing. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly (string | undefined)[];
}

/**
 * What each client says to PostgreSQL, by the transaction it belongs to. Services prepare their statements, and send a
 * text only once for each connection: what a Bind means is known to who has listened from the beginning.
 */
export class Transcript {
  private readonly speakers = new WeakMap<Link, Speaker>();

  hear(link: Link, bytes: Buffer): void {
    const known = this.speakers.get(link);
    const speaker = known ?? new Speaker();
    if (!known) this.speakers.set(link, speaker);
    speaker.hear(bytes);
  }

  /** The statements since BEGIN, of a transaction that is open or was the last; else the last one alone. */
  of(link: Link): readonly Statement[] {
    return this.speakers.get(link)?.said ?? [];
  }
}

/** Kind and length of a message; a client's first has no kind. */
const headerLength = 5;
const none = Buffer.alloc(0);

class Speaker {
  said: Statement[] = [];
  private held: Buffer = none;
  private hasGreeted = false;
  private isInTransaction = false;
  private readonly prepared = new Map<string, string>();

  hear(bytes: Buffer): void {
    const all = this.held.length === 0 ? bytes : Buffer.concat([this.held, bytes]);
    let at = 0;
    while (all.length - at >= headerLength) {
      const body = at + (this.hasGreeted ? 1 : 0);
      const end = body + all.readInt32BE(body);
      if (end > all.length) break;
      if (this.hasGreeted) this.take(String.fromCharCode(all.readUInt8(at)), all.subarray(body + 4, end));
      this.hasGreeted = true;
      at = end;
    }
    this.held = at === all.length ? none : all.subarray(at);
  }

  private take(kind: string, body: Buffer): void {
    if (kind === 'Q') this.note(textAt(body, 0), none);
    if (kind === 'P') {
      const name = textAt(body, 0);
      this.prepared.set(name, textAt(body, Buffer.byteLength(name) + 1));
    }
    if (kind !== 'B') return;
    const nameAt = Buffer.byteLength(textAt(body, 0)) + 1;
    const name = textAt(body, nameAt);
    this.note(this.prepared.get(name) ?? '', body.subarray(nameAt + Buffer.byteLength(name) + 1));
  }

  private note(sql: string, bound: Buffer): void {
    if (!this.isInTransaction) this.said = [];
    if (sql === 'BEGIN') this.isInTransaction = true;
    else if (sql === 'COMMIT' || sql === 'ROLLBACK') this.isInTransaction = false;
    else
      this.said.push({
        sql,
        get values() {
          return valuesOf(bound);
        },
      });
  }
}

/** Of a Bind, what follows the names: formats, then each value behind its length, below zero for null. */
function valuesOf(bound: Buffer): (string | undefined)[] {
  if (bound.length === 0) return [];
  const countAt = 2 + 2 * bound.readInt16BE(0);
  let at = countAt + 2;
  return Array.from({ length: bound.readInt16BE(countAt) }, () => {
    const length = bound.readInt32BE(at);
    const from = at + 4;
    at = from + Math.max(0, length);
    return length < 0 ? undefined : bound.toString('utf8', from, at);
  });
}

function textAt(body: Buffer, at: number): string {
  return body.toString('utf8', at, body.indexOf(0, at));
}

const anId = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** The events that a transaction tells, other than that its service is alive. */
export function eventIdsOf(said: readonly Statement[]): string[] {
  if (said.some(({ sql }) => sql.startsWith('UPDATE heartbeat'))) return [];
  const told = said.filter(({ sql }) => sql.startsWith('INSERT INTO outbox'));
  return told.flatMap(({ values }) => values[0]?.match(anId) ?? []);
}

/** The state that a transaction gives an aggregate, the last if several (`Store`). */
export function stateOf<S>(said: readonly Statement[], table: string): S | undefined {
  const written = said.findLast(({ sql }) => sql.startsWith(`UPDATE ${table}\n`));
  const text = written?.values[2];
  return text === undefined ? undefined : (JSON.parse(text) as S);
}
