import type { Database } from '@signalbox/persistence';

export interface PlannedRelease {
  id: string;
  /** Of the event that planned it. */
  eventId: string;
  application: string;
  version: string;
  plannedAt: Date;
  changes: { sha: string; committedAt: string }[];
}

interface Row extends Omit<PlannedRelease, 'eventId' | 'plannedAt'> {
  event_id: string;
  planned_at: Date;
}

/** Releases and their changes, as planning has told. */
export class ReleaseStore {
  constructor(private readonly database: Database) {}

  async keep({ id, eventId, application, version, plannedAt, changes }: PlannedRelease): Promise<void> {
    await this.database.query(
      `INSERT INTO release (id, event_id, application, version, planned_at, changes) VALUES ($1, $2, $3, $4, $5, $6::jsonb)
       ON CONFLICT (id) DO NOTHING`,
      [id, eventId, application, version, plannedAt, JSON.stringify(changes)],
    );
  }

  /** The release of a version, if there is one, before the ten newest. */
  async versionsOf(application: string, version: string | undefined): Promise<{ id: string; version: string }[]> {
    return this.database.query<{ id: string; version: string }>(
      `SELECT id, version FROM (
         (SELECT 0 AS rank, id, version, planned_at FROM release WHERE application = $1 AND version = $2)
         UNION ALL
         (SELECT 1, id, version, planned_at FROM release WHERE application = $1 ORDER BY planned_at DESC, id DESC LIMIT 10)
       ) AS found ORDER BY rank, planned_at DESC, id DESC`,
      [application, version ?? null],
    );
  }

  async listByIds(ids: readonly string[]): Promise<PlannedRelease[]> {
    const rows = await this.database.query<Row>('SELECT * FROM release WHERE id = ANY($1)', [ids]);
    return rows.map(({ event_id: eventId, planned_at: plannedAt, ...rest }) => ({ ...rest, eventId, plannedAt }));
  }
}
