import { createHash } from 'node:crypto';
import { storableJson, storableText } from '@signalbox/domain';
import type { IncomingRecord, Tx } from './ports.js';

export type ParkedState = 'retrying' | 'parked';

/** A record as it came, with the identity under which the inbox knows it. */
export interface ParkedRecord {
  readonly record: IncomingRecord;
  readonly identity: string;
}

/** Records without a key have no order to keep: each is a key of its own. */
export function orderKey(record: IncomingRecord): string {
  return record.key === null ? `#${record.partition}/${record.offset}` : storableText(record.key);
}

/** Holds a key back from now on; later events of the same key and topic follow it. */
export function parkKey(tx: Tx, consumer: string, parked: ParkedRecord, error: unknown, state: ParkedState): void {
  tx.execute(
    `INSERT INTO parked_key (consumer, topic, key, state, next_at)
     VALUES ($1, $2, $3, $4, now() + interval '250 ms') ON CONFLICT DO NOTHING`,
    [consumer, parked.record.topic, orderKey(parked.record), state],
  );
  parkEvent(tx, consumer, parked, error);
}

/** Puts an event at the end of its key's queue. */
export function parkEvent(tx: Tx, consumer: string, parked: ParkedRecord, error?: unknown): void {
  const { record, identity } = parked;
  tx.execute(
    `INSERT INTO parked_event
       (consumer, topic, key, event_id, part, off, record_key, headers, payload, error, fingerprint)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10, $11)`,
    [
      consumer,
      record.topic,
      orderKey(record),
      identity,
      record.partition,
      record.offset,
      record.key === null ? null : storableText(record.key),
      storableJson(record.headers),
      record.value,
      error === undefined ? null : describe(error),
      error === undefined ? null : fingerprint(error),
    ],
  );
}

/** Which of these keys are held back. Their rows stay locked, which shuts the redriver out until the end. */
export async function lockParkedKeys(tx: Tx, consumer: string, topic: string, keys: string[]): Promise<Set<string>> {
  const rows = await tx.query<{ key: string }>(
    'SELECT key FROM parked_key WHERE consumer = $1 AND topic = $2 AND key = ANY($3) ORDER BY key FOR UPDATE',
    [consumer, topic, keys],
  );
  return new Set(rows.map((row) => row.key));
}

export function describe(error: unknown): string {
  return storableText(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}

/** Equal for errors that differ only in the ids and numbers they mention. */
export function fingerprint(error: unknown): string {
  const shape = describe(error)
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, '<id>')
    .replace(/\d+/g, '<n>');
  return createHash('sha256').update(shape).digest('hex').slice(0, 12);
}
