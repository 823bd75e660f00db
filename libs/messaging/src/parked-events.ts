import { DomainError, storableJson, storableText } from '@signalbox/domain';
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
  /** Further ones since it is held back, or since somebody redrove it. */
  readonly attempts: number;
  readonly since: Date;
  readonly nextAt: Date;
  readonly events: number;
  /** Of the event that holds the others up, as are error and fingerprint. */
  readonly eventId: string | null;
  readonly error: string | null;
  /** The same for events that fail in the same way. */
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
  readonly id: string;
  readonly at: Date;
  readonly action: 'redrive' | 'skip';
  readonly by: string;
  readonly reason: string | null;
  readonly selection: ParkedSelection | SkipSelection;
  readonly keys: number;
  readonly dropped: readonly { readonly topic: string; readonly key: string; readonly eventId: string }[];
}

export interface ParkedPage {
  readonly offset?: number;
  readonly limit?: number;
}

/** At most this many keys in one call; whoever means more asks again. */
const mostKeys = 1_000;
const shown = `seq, topic, key, event_id AS "eventId", headers, substring(payload FROM 1 FOR 65536) AS payload,
  coalesce(octet_length(payload), 0) AS "payloadBytes", error, parked_at AS "parkedAt"`;

/** Due now, when this is committed; locked until then, so that nothing of these keys moves. */
const release = `UPDATE parked_key SET state = 'retrying', attempts = 0, next_at = now()
  WHERE consumer = $1 AND (topic, key) IN (
    SELECT topic, key FROM parked_key WHERE consumer = $1 AND (($2::text IS NOT NULL AND topic = $2 AND key = $3)
      OR (topic, key) IN (SELECT topic, key FROM parked_event WHERE consumer = $1 AND fingerprint = $4))
    ORDER BY state = 'retrying', topic, key LIMIT ${mostKeys} FOR UPDATE)
  RETURNING topic, key`;

const heads = `SELECT DISTINCT ON (topic, key) * FROM parked_event
  WHERE consumer = $1 AND (topic, key) IN (SELECT * FROM unnest($2::text[], $3::text[])) ORDER BY topic, key, seq`;

interface Key {
  readonly topic: string;
  readonly key: string;
}

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
        `SELECT ${shown} FROM parked_event WHERE consumer = $1 AND topic = $2 AND key = $3 ORDER BY seq LIMIT $4 OFFSET $5`,
        [this.consumer, topic, key, limit, offset],
      ),
    );
  }

  /** What was done in the last 400 days, the newest first. */
  actions({ offset = 0, limit = 100 }: ParkedPage = {}): Promise<ParkedAction[]> {
    return this.transactions.run((tx) =>
      tx.query<ParkedAction>(
        `SELECT id, at, action, by, reason, selection, keys,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('topic', topic, 'key', key, 'eventId', event_id) ORDER BY seq), '[]')
            FROM dropped_event WHERE action_id = parked_action.id) AS dropped
         FROM parked_action WHERE consumer = $1 ORDER BY id DESC LIMIT $2 OFFSET $3`,
        [this.consumer, limit, offset],
      ),
    );
  }

  /** What one action dropped. */
  dropped(actionId: string, { offset = 0, limit = 100 }: ParkedPage = {}): Promise<ParkedEvent[]> {
    return this.transactions.run((tx) =>
      tx.query<ParkedEvent>(
        `SELECT ${shown} FROM dropped_event WHERE action_id = (SELECT id FROM parked_action WHERE consumer = $1 AND id = $2)
         ORDER BY seq LIMIT $3 OFFSET $4`,
        [this.consumer, actionId, limit, offset],
      ),
    );
  }

  /** Lets the redriver try again, at most a thousand keys, and notes who wanted it. @returns the number of keys */
  async redrive(selection: ParkedSelection, by: string): Promise<number> {
    const count = await this.transactions.run(async (tx) => {
      const keys = await this.release(tx, selection);
      if (keys.length > 0) await this.note(tx, { action: 'redrive', by, reason: null, selection, keys: keys.length });
      return keys.length;
    });
    this.onRedrive();
    return count;
  }

  /**
   * Drops the event that is meant from the head of its key, or by fingerprint every head that failed so (of at most a
   * thousand keys), for good, and redrives what waits behind. Who, why and what is noted.
   *
   * @returns the dropped events' ids
   * @throws DomainError `conflict` when another event is at the head of the key now; `not_found`: none has failed so
   */
  async skip(selection: SkipSelection, by: string, reason: string): Promise<string[]> {
    const eventIds = await this.transactions.run(async (tx) => {
      const keys = await this.release(tx, selection);
      if (keys.length === 0) return [];
      const actionId = await this.note(tx, { action: 'skip', by, reason, selection, keys: keys.length });
      const dropped = await this.drop(tx, keys, selection, actionId);
      if (dropped.length === 0) throw noneSuch(selection);
      return dropped.map(({ event_id: id }) => id);
    });
    this.onRedrive();
    return eventIds;
  }

  private release(tx: Tx, selection: ParkedSelection): Promise<Key[]> {
    const meant = 'key' in selection ? [selection.topic, selection.key, null] : [null, null, selection.fingerprint];
    return tx.query<Key>(release, [this.consumer, ...meant]);
  }

  private async note(
    tx: Tx,
    { action, by, reason, selection, keys }: Omit<ParkedAction, 'id' | 'at' | 'dropped'>,
  ): Promise<string> {
    const [noted] = await tx.query<{ id: string }>(
      `INSERT INTO parked_action (consumer, action, by, reason, selection, keys)
       VALUES ($1, $2, $3, $4, $5::jsonb, $6) RETURNING id`,
      [this.consumer, action, by, reason && storableText(reason), storableJson(selection), keys],
    );
    return noted?.id ?? '';
  }

  /** Moves the heads that are meant to what was dropped. */
  private drop(
    tx: Tx,
    keys: readonly Key[],
    selection: SkipSelection,
    actionId: string,
  ): Promise<{ event_id: string }[]> {
    const [eventId, fingerprint] = 'eventId' in selection ? [selection.eventId, null] : [null, selection.fingerprint];
    return tx.query<{ event_id: string }>(
      `WITH heads AS (${heads}), dropped AS (
         DELETE FROM parked_event e USING heads
         WHERE e.seq = heads.seq AND (heads.event_id = $4 OR heads.fingerprint = $5) RETURNING e.*)
       INSERT INTO dropped_event (action_id, seq, topic, key, event_id, headers, payload, error, parked_at)
       SELECT $6, seq, topic, key, event_id, headers, payload, error, parked_at FROM dropped RETURNING event_id`,
      [this.consumer, keys.map(({ topic }) => topic), keys.map(({ key }) => key), eventId, fingerprint, actionId],
    );
  }
}

function noneSuch(selection: SkipSelection): DomainError {
  if (!('eventId' in selection))
    return new DomainError('not_found', 'no event that failed so is at the head of its key');
  const { topic, key, eventId } = selection;
  return new DomainError('conflict', `${eventId} is not at the head of ${key} in ${topic}`, {
    fix: 'look at what is held back now, and skip its first event if that is to be dropped',
  });
}
