import type { Logger, Transactions } from './ports.js';

/** Which held-back events an operator means: one key, or all that failed in the same way. */
export type ParkedSelection = { readonly topic: string; readonly key: string } | { readonly fingerprint: string };

export interface ParkedKey {
  readonly topic: string;
  readonly key: string;
  readonly state: 'retrying' | 'parked';
  readonly attempts: number;
  readonly since: Date;
  readonly nextAt: Date;
  readonly events: number;
  /** Of the event that holds the others up. */
  readonly error: string | null;
  readonly fingerprint: string | null;
}

export interface ParkedEvent {
  readonly seq: string;
  readonly topic: string;
  readonly key: string;
  readonly eventId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Buffer | null;
  readonly error: string | null;
  readonly parkedAt: Date;
}

const selected = `consumer = $1 AND (($2::text IS NOT NULL AND topic = $2 AND key = $3)
  OR (topic, key) IN (SELECT topic, key FROM parked_event WHERE consumer = $1 AND fingerprint = $4))`;

/** Due now: the redriver takes them as soon as this is committed. */
const release = `UPDATE parked_key SET state = 'retrying', attempts = 0, next_at = now() WHERE ${selected} RETURNING key`;

/** What operators see of the held-back events of one service, and do about them. */
export class ParkedEvents {
  constructor(
    private readonly consumer: string,
    private readonly transactions: Transactions,
    private readonly logger: Logger,
    private readonly onRedrive: () => void,
  ) {}

  /** The oldest first; of one key when it is named, whatever the topic. */
  list({ key, limit = 100 }: { key?: string; limit?: number } = {}): Promise<ParkedKey[]> {
    return this.transactions.run((tx) =>
      tx.query<ParkedKey>(
        `SELECT k.topic, k.key, k.state, k.attempts, k.since, k.next_at AS "nextAt",
           (SELECT count(*)::int FROM parked_event e WHERE (e.consumer, e.topic, e.key) = (k.consumer, k.topic, k.key)) AS events,
           head.error, head.fingerprint
         FROM parked_key k LEFT JOIN LATERAL (
           SELECT error, fingerprint FROM parked_event e
           WHERE (e.consumer, e.topic, e.key) = (k.consumer, k.topic, k.key) ORDER BY seq LIMIT 1) head ON true
         WHERE k.consumer = $1 AND ($2::text IS NULL OR k.key = $2) ORDER BY k.since LIMIT $3`,
        [this.consumer, key ?? null, limit],
      ),
    );
  }

  /** The events of one key, in the order in which they will be applied. */
  show(topic: string, key: string): Promise<ParkedEvent[]> {
    return this.transactions.run((tx) =>
      tx.query<ParkedEvent>(
        `SELECT seq, topic, key, event_id AS "eventId", headers, payload, error, parked_at AS "parkedAt"
         FROM parked_event WHERE consumer = $1 AND topic = $2 AND key = $3 ORDER BY seq LIMIT 1000`,
        [this.consumer, topic, key],
      ),
    );
  }

  /** Lets the redriver try again. @returns the number of keys */
  async redrive(selection: ParkedSelection): Promise<number> {
    const keys = await this.transactions.run((tx) => tx.query(release, this.parameters(selection)));
    this.onRedrive();
    return keys.length;
  }

  /** Drops the event at the head of each selected key, for good, and redrives the rest. @returns the dropped events' ids */
  async skip(selection: ParkedSelection, by: string, reason: string): Promise<string[]> {
    const dropped = await this.transactions.run(async (tx) => {
      const parameters = this.parameters(selection);
      await tx.query(release, parameters);
      return tx.query<{ event_id: string }>(
        `DELETE FROM parked_event WHERE seq IN (
           SELECT min(seq) FROM parked_event WHERE ${selected} GROUP BY topic, key) RETURNING event_id`,
        parameters,
      );
    });
    const eventIds = dropped.map((row) => row.event_id);
    this.logger.warn({ by, reason, eventIds, ...selection }, 'parked events skipped');
    this.onRedrive();
    return eventIds;
  }

  private parameters(selection: ParkedSelection): unknown[] {
    return 'key' in selection
      ? [this.consumer, selection.topic, selection.key, null]
      : [this.consumer, null, null, selection.fingerprint];
  }
}
