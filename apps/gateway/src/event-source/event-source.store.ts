import type { InboundReport, Refusal, Tx } from '@signalbox/messaging';

/** As long as an inbox knows what it has had. */
export const inboundKept = { table: 'inbound_event', column: 'received_at', days: 14 };
/** Refusals of one source that are kept, about. */
const keptRefusals = 1_000;

/** Which events have come, and what has become of them. */
export class EventSourceStore {
  /** Notes these as received. @returns those that were not before, to anybody at any gateway */
  async receive(tx: Tx, identities: readonly string[]): Promise<Set<string>> {
    if (identities.length === 0) return new Set();
    const rows = await tx.query<{ identity: string }>(
      'INSERT INTO inbound_event (identity) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING identity',
      // In one order everywhere: who waits for another's identity must not hold one that the other waits for.
      [identities.toSorted()],
    );
    return new Set(rows.map((row) => row.identity));
  }

  note(tx: Tx, { source, accepted, duplicates, refused }: InboundReport): void {
    if (accepted + duplicates + refused.length === 0) return;
    tx.execute(
      // Of several rows a source, so that requests seldom wait for each other's commits.
      `INSERT INTO event_source_tally AS tally (source, slot, accepted, duplicates, refused, last_received_at)
       VALUES ($1, pg_backend_pid() % 32, $2, $3, $4, now())
       ON CONFLICT (source, slot) DO UPDATE SET accepted = tally.accepted + excluded.accepted,
         duplicates = tally.duplicates + excluded.duplicates, refused = tally.refused + excluded.refused,
         last_received_at = excluded.last_received_at`,
      [source, accepted, duplicates, refused.length],
    );
    if (refused.length > 0) this.keep(tx, source, refused);
  }

  private keep(tx: Tx, source: string, refused: readonly Refusal[]): void {
    tx.execute(
      `INSERT INTO event_refusal (source, event_id, type, code, message, pointer)
       SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])`,
      [
        source,
        refused.map(({ id }) => id ?? null),
        refused.map(({ type }) => type ?? null),
        refused.map(({ code }) => code),
        refused.map(({ message }) => message),
        refused.map(({ pointer }) => pointer),
      ],
    );
    tx.execute(
      `WITH old AS (
         SELECT seq FROM event_refusal WHERE source = $1 AND seq <=
           (SELECT seq FROM event_refusal WHERE source = $1 ORDER BY seq DESC OFFSET ${keptRefusals} LIMIT 1)
         ORDER BY seq LIMIT ${keptRefusals} FOR UPDATE SKIP LOCKED)
       DELETE FROM event_refusal USING old WHERE event_refusal.seq = old.seq`,
      [source],
    );
  }
}
