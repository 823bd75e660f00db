import type { Database } from '@signalbox/persistence';

export interface RunnerSeen {
  name: string;
  labels: string[];
  lastSeenAt: string;
  isOnline: boolean;
}

const onlineFor = "interval '10 s'";

/** Which runners have asked for work, or worked, of late. */
export class RunnerPresence {
  constructor(private readonly database: Database) {}

  /** @param labels absent: as before */
  async seen(name: string, labels?: readonly string[]): Promise<void> {
    await this.database.query(
      `INSERT INTO runner (name, labels, last_seen_at) VALUES ($1, coalesce($2::text[], '{}'), now())
       ON CONFLICT (name) DO UPDATE SET last_seen_at = now(), labels = coalesce($2::text[], runner.labels)`,
      [name, labels ?? null],
    );
  }

  async countOnline(): Promise<number> {
    const [row] = await this.database.query<{ online: number }>(
      `SELECT count(*)::int AS online FROM runner WHERE last_seen_at > now() - ${onlineFor}`,
    );
    return row?.online ?? 0;
  }

  async list(): Promise<RunnerSeen[]> {
    const rows = await this.database.query<{ name: string; labels: string[]; last_seen_at: Date; online: boolean }>(
      `SELECT name, labels, last_seen_at, last_seen_at > now() - ${onlineFor} AS online FROM runner
       WHERE last_seen_at > now() - interval '1 day' ORDER BY name LIMIT 200`,
    );
    return rows.map(({ name, labels, last_seen_at, online }) => ({
      name,
      labels,
      lastSeenAt: last_seen_at.toISOString(),
      isOnline: online,
    }));
  }
}
