import type { RunnerStatus } from '@signalbox/domain';
import type { Database } from '@signalbox/persistence';

const onlineFor = "interval '10 s'";

/** Which runners have asked for work, or worked, of late. */
export class RunnerPresence {
  constructor(private readonly database: Database) {}

  /** @param more absent: as before */
  async seen(name: string, more?: { labels: readonly string[]; version: string }): Promise<void> {
    await this.database.query(
      `INSERT INTO runner (name, labels, version, last_seen_at)
       VALUES ($1, coalesce($2::text[], '{}'), coalesce($3, 'unknown'), now())
       ON CONFLICT (name) DO UPDATE SET last_seen_at = now(), labels = coalesce($2::text[], runner.labels),
         version = coalesce($3, runner.version)`,
      [name, more?.labels ?? null, more?.version ?? null],
    );
  }

  async countOnline(): Promise<number> {
    const [row] = await this.database.query<{ online: number }>(
      `SELECT count(*)::int AS online FROM runner WHERE last_seen_at > now() - ${onlineFor}`,
    );
    return row?.online ?? 0;
  }

  async list(): Promise<RunnerStatus[]> {
    const rows = await this.database.query<
      Omit<RunnerStatus, 'lastSeenAt' | 'isOnline'> & { last_seen_at: Date; online: boolean }
    >(
      `SELECT name, labels, version, last_seen_at, last_seen_at > now() - ${onlineFor} AS online,
         (SELECT count(*)::int FROM task WHERE status = 'running' AND state->'lease'->>'runner' = name) AS running
       FROM runner WHERE last_seen_at > now() - interval '1 day' ORDER BY name LIMIT 200`,
    );
    return rows.map(({ last_seen_at, online, ...runner }) => ({
      ...runner,
      lastSeenAt: last_seen_at.toISOString(),
      isOnline: online,
    }));
  }
}
