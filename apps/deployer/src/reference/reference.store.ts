import type { Freeze, GateReference, Hold, Override, Quarantine } from '@signalbox/domain';
import type { Database } from '@signalbox/persistence';

export type ReferenceKind = 'freeze' | 'override' | 'hold' | 'quarantine' | 'alive';

/** The deployer's own copy of what planning owns; older versions never overwrite newer ones. */
export class ReferenceStore {
  constructor(private readonly database: Database) {}

  async upsert(kind: ReferenceKind, id: string, version: number, content: object): Promise<void> {
    const endsAt = endOf(content);
    await this.database.query(
      `INSERT INTO reference (kind, id, version, content, ends_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version, content = excluded.content, ends_at = excluded.ends_at
       WHERE reference.version < excluded.version`,
      [kind, id, version, JSON.stringify(content), endsAt ?? null],
    );
  }

  /** Everything in force now or later that may concern an application. Quarantines are never few. */
  async gates(application: string): Promise<GateReference> {
    const ask = (which: string, params: unknown[] = []) =>
      this.database.query<{ kind: ReferenceKind; content: unknown }>(
        `SELECT kind, content FROM reference WHERE ${which} AND NOT coalesce((content->>'removed')::boolean, false)
           AND (ends_at IS NULL OR ends_at > now())`,
        params,
      );
    const found = await Promise.all([
      ask(`kind IN ('freeze', 'override', 'hold')`),
      ask(`kind = 'quarantine' AND content->>'application' = $1`, [application]),
    ]);
    const rows = found.flat();
    const of = <T>(kind: ReferenceKind) => rows.filter((row) => row.kind === kind).map((row) => row.content as T);
    return {
      freezes: of<Freeze>('freeze'),
      overrides: of<Override>('override'),
      holds: of<Hold>('hold'),
      quarantines: of<Quarantine>('quarantine'),
    };
  }

  /** When planning was last heard on the reference topic. */
  async planningAliveAt(): Promise<Date | undefined> {
    const [row] = await this.database.query<{ content: { at: string; heardAt?: string } }>(
      `SELECT content FROM reference WHERE kind = 'alive'`,
    );
    return row && new Date(row.content.heardAt ?? row.content.at);
  }
}

/** A freeze ends at `to`, what else ends at `expiresAt`. */
function endOf({ to, expiresAt }: { to?: string; expiresAt?: string }): Date | undefined {
  const endsAt = to ?? expiresAt;
  return endsAt === undefined ? undefined : new Date(endsAt);
}
