import type { Freeze, GateReference, Hold, Override, Quarantine } from '@signalbox/domain';
import type { Database } from '@signalbox/persistence';

export type ReferenceKind = 'freeze' | 'override' | 'hold' | 'quarantine' | 'alive';

/** The deployer's own copy of what planning owns; older versions never overwrite newer ones. */
export class ReferenceStore {
  constructor(private readonly database: Database) {}

  async upsert(kind: ReferenceKind, id: string, version: number, content: object): Promise<void> {
    await this.database.query(
      `INSERT INTO reference (kind, id, version, content) VALUES ($1, $2, $3, $4)
       ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version, content = excluded.content WHERE reference.version < excluded.version`,
      [kind, id, version, JSON.stringify(content)],
    );
  }

  async gates(): Promise<GateReference> {
    const rows = await this.database.query<{ kind: ReferenceKind; content: unknown }>(
      `SELECT kind, content FROM reference WHERE kind <> 'alive' AND NOT coalesce((content->>'removed')::boolean, false)`,
    );
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
    const [row] = await this.database.query<{ content: { at: string } }>(
      `SELECT content FROM reference WHERE kind = 'alive'`,
    );
    return row && new Date(row.content.at);
  }
}
