import { DomainError, storableText } from '@signalbox/domain';
import type { Transactions, Tx } from './ports.js';

/** Which held-back events an operator means: one key, or all that failed in the same way. */
export type ParkedSelection = { readonly topic: string; readonly key: string } | { readonly fingerprint: string };

/** Which events are dropped. Of a key the very event is named: another one may be at its head by now. */
export type SkipSelection =
  { readonly topic: string; readonly key: string; readonly eventId: string } | { readonly fingerprint: string };

export interface ParkedKey {
  readonly topic: string;
  readonly key: string;
  readonly state: 'retrying' | 'parked';
  readonly attempts: number;
  readonly since: Date;
  readonly nextAt: Date;
  readonly events: number;
  /** These three of the event that holds the others up. */
  readonly eventId: string | null;
  readonly error: string | null;
  readonly fingerprint: string | null;
}

export interface ParkedEvent {
  readonly seq: string;
  readonly topic: string;
  readonly key: string;
  readonly eventId: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Its first 64 kB. */
  readonly payload: Buffer | null;
  readonly payloadBytes: number;
  readonly error: string | null;
  readonly parkedAt: Date;
}

/** What an operator did about held-back events. */
export interface ParkedAction {
  readonly at: Date;
  readonly action: 'redrive' | 'skip';
  readonly by: string;
  readonly reason: string | null;
  readonly selection: ParkedSelection | SkipSelection;
  readonly keys: number;
  /** What was skipped, as it came: nothing else has it any more. */
  readonly dropped: readonly {
    readonly topic: string;
    readonly key: string;
    readonly eventId: string;
    readonly headers: Readonly<Record<string, string>>;
    /** base64 */
    readonly payload: string | null;
    readonly error: string | null;
  }[];
}

export interface ParkedPage {
  readonly offset?: number;
  readonly limit?: number;
}

const selected = `consumer = $1 AND (($2::text IS NOT NULL AND topic = $2 AND key = $3)
  OR (topic, key) IN (SELECT topic, key FROM parked_event WHERE consumer = $1 AND fingerprint = $4))`;

/** Due now: the redriver takes them as soon as this is committed. */
const release = `UPDATE parked_key SET state = 'retrying', attempts = 0, next_at = now() WHERE ${selected} RETURNING key`;

const heads = `SELECT DISTINCT ON (topic, key) seq, topic, key, event_id, fingerprint FROM parked_event
  WHERE ${selected} ORDER BY topic, key, seq`;

/** What operators see of the held-back events of one service, and do about them. */
export class ParkedEvents {
  constructor(
    private readonly consumer: string,
    private readonly transactions: Transactions,
    private readonly onRedrive: () => void,
  ) {}

  /** The oldest first; of one key when it is named, whatever the topic. */
  list({ key, offset = 0, limit = 100 }: ParkedPage & { key?: string } = {}): Promise<ParkedKey[]> {
    return this.transactions.run((tx) =>
      tx.query<ParkedKey>(
        `SELECT k.topic, k.key, k.state, k.attempts, k.since, k.next_at AS "nextAt",
           (SELECT count(*)::int FROM parked_event e WHERE (e.consumer, e.topic, e.key) = (k.consumer, k.topic, k.key)) AS events,
           head.event_id AS "eventId", head.error, head.fingerprint
         FROM parked_key k LEFT JOIN LATERAL (
           SELECT event_id, error, fingerprint FROM parked_event e
           WHERE (e.consumer, e.topic, e.key) = (k.consumer, k.topic, k.key) ORDER BY seq LIMIT 1) head ON true
         WHERE k.consumer = $1 AND ($2::text IS NULL OR k.key = $2) ORDER BY k.since, k.topic, k.key LIMIT $3 OFFSET $4`,
        [this.consumer, key ?? null, limit, offset],
      ),
    );
  }

  /** The events of one key, in the order in which they will be applied. */
  show(topic: string, key: string, { offset = 0, limit = 100 }: ParkedPage = {}): Promise<ParkedEvent[]> {
    return this.transactions.run((tx) =>
      tx.query<ParkedEvent>(
        `SELECT seq, topic, key, event_id AS "eventId", headers, substring(payload FROM 1 FOR 65536) AS payload,
           coalesce(octet_length(payload), 0) AS "payloadBytes", error, parked_at AS "parkedAt"
         FROM parked_event WHERE consumer = $1 AND topic = $2 AND key = $3 ORDER BY seq LIMIT $4 OFFSET $5`,
        [this.consumer, topic, key, limit, offset],
      ),
    );
  }

  /** What was done, the newest first. */
  actions({ offset = 0, limit = 100 }: ParkedPage = {}): Promise<ParkedAction[]> {
    return this.transactions.run((tx) =>
      tx.query<ParkedAction>(
        `SELECT at, action, by, reason, selection, keys, dropped FROM parked_action
         WHERE consumer = $1 ORDER BY id DESC LIMIT $2 OFFSET $3`,
        [this.consumer, limit, offset],
      ),
    );
  }

  /** Lets the redriver try again, and notes who wanted it. @returns the number of keys */
  async redrive(selection: ParkedSelection, by: string): Promise<number> {
    const keys = await this.transactions.run(async (tx) => {
      const { length } = await tx.query(release, this.parameters(selection));
      if (length > 0) await this.note(tx, { action: 'redrive', by, reason: null, selection, keys: length });
      return length;
    });
    this.onRedrive();
    return keys;
  }

  /**
   * Drops the event that is meant from the head of its key, or by fingerprint every head that failed so, for good, and
   * redrives what waits behind. Who, why and what is noted with it.
   *
   * @returns the dropped events' ids
   * @throws DomainError `conflict` when another event is at the head of the key now
   */
  async skip(selection: SkipSelection, by: string, reason: string): Promise<string[]> {
    const eventIds = await this.transactions.run(async (tx) => {
      const parameters = this.parameters(selection);
      const keys = await tx.query(release, parameters);
      if (keys.length === 0) return [];
      if ('eventId' in selection) {
        const [head] = await tx.query<{ event_id: string }>(heads, parameters);
        if (head?.event_id !== selection.eventId) throw movedOn(selection, head?.event_id);
      }
      const [noted] = await this.note(tx, { action: 'skip', by, reason, selection, keys: keys.length });
      return noted?.dropped.map(({ eventId }) => eventId) ?? [];
    });
    this.onRedrive();
    return eventIds;
  }

  private note(
    tx: Tx,
    { action, by, reason, selection, keys }: Omit<ParkedAction, 'at' | 'dropped'>,
  ): Promise<Pick<ParkedAction, 'dropped'>[]> {
    return tx.query<Pick<ParkedAction, 'dropped'>>(
      `WITH heads AS (${heads}), dropped AS (
         DELETE FROM parked_event e USING heads WHERE e.seq = heads.seq AND $5 = 'skip'
           AND ($4::text IS NULL OR heads.fingerprint = $4) RETURNING e.*)
       INSERT INTO parked_action (consumer, action, by, reason, selection, keys, dropped)
       SELECT $1, $5, $6, $7, $8::jsonb, $9, coalesce((SELECT jsonb_agg(jsonb_build_object('topic', topic, 'key', key,
         'eventId', event_id, 'headers', headers, 'payload', translate(encode(payload, 'base64'), E'\\n', ''), 'error', error) ORDER BY seq)
         FROM dropped), '[]') RETURNING dropped`,
      [...this.parameters(selection), action, by, reason && storableText(reason), JSON.stringify(selection), keys],
    );
  }

  private parameters(selection: ParkedSelection): [string, string | null, string | null, string | null] {
    return 'key' in selection
      ? [this.consumer, selection.topic, selection.key, null]
      : [this.consumer, null, null, selection.fingerprint];
  }
}

function movedOn({ topic, key, eventId }: { topic: string; key: string; eventId: string }, head = 'none'): DomainError {
  return new DomainError('conflict', `${eventId} is not at the head of ${key} in ${topic}; ${head} is`, {
    fix: 'look at what is held back now, and skip that if it is to be dropped',
  });
}
