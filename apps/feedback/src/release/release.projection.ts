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

  /** Newest first. */
  async listOf(application: string): Promise<PlannedRelease[]> {
    const rows = await this.database.query<Row>(
      'SELECT * FROM release WHERE application = $1 ORDER BY planned_at DESC, id DESC',
      [application],
    );
    return rows.map(({ event_id: eventId, planned_at: plannedAt, ...rest }) => ({ ...rest, eventId, plannedAt }));
  }
}
