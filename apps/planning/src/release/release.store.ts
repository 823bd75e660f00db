import type { Database, OnCommit } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
import { nextLook } from './deadlines.js';
import { activityIn } from './supersede.js';
import type { Release } from './release.js';
import type { SlotActivity } from './world.js';

/** Of all running releases those that are meant; all where nothing is said. */
interface Wakened {
  readonly application?: string;
  readonly releaseId?: string;
  /** Has just decided, and waits for nothing. */
  readonly besides?: string;
}

/** What users have had. */
export type Delivered = Pick<Release, 'version' | 'commit'>;

/** Releases; blocked ones are found by what they wait for. */
export class ReleaseStore extends Store<Release> {
  constructor(
    database: Database,
    onCommit: OnCommit<Release>,
    /** A wake-up that failed after its commit; those who wait look by themselves within seconds. */
    private readonly onLostWake: (error: unknown) => void,
  ) {
    super(
      database,
      {
        aggregate: 'release',
        table: 'release',
        source: '/signalbox/planning',
        keepsTrace: true,
        columns: (release) => ({
          application: release.application,
          team: release.team,
          app_version: release.wish.dryRun || release.version === '' ? null : release.version,
          status: release.status,
        }),
        nextWakeUp: nextLook,
      },
      onCommit,
    );
  }

  /** Versions of the application that are used up. */
  async takenVersions(application: string): Promise<Set<string>> {
    const rows = await this.database.query<{ app_version: string }>(
      'SELECT app_version FROM release WHERE application = $1 AND app_version IS NOT NULL',
      [application],
    );
    return new Set(rows.map((row) => row.app_version));
  }

  /** The planned release of this commit that has not ended. */
  async findUnderway(application: string, commit: string): Promise<{ id: string; version: string } | undefined> {
    const [row] = await this.database.query<{ id: string; version: string }>(
      `SELECT id, app_version AS version FROM release WHERE application = $1 AND status IN ('planned', 'running') AND state->>'commit' = $2
       ORDER BY id DESC LIMIT 1`,
      [application, commit],
    );
    return row;
  }

  /**
   * Releases that users have had, newest first: where the next scope may begin. Also those still watched, and those whose
   * watch in production had begun before they were cancelled or failed.
   */
  delivered(application: string): Promise<Delivered[]> {
    const isWatched = `status = 'running' AND state->'stages' @? '$.* ? (@.kind == "monitor" && (@.status == "requested" || @.status == "running"))'`;
    const wasWatched = `status IN ('cancelled', 'failed') AND EXISTS (
      SELECT 1 FROM jsonb_each(state->'stages') AS each(key, stage)
      WHERE stage->>'kind' = 'monitor' AND (stage->>'attempt')::int > 0
        AND state->'definition'->'environments'->(stage->>'environment')->>'tier' = 'production')`;
    return this.database.query<Delivered>(
      `SELECT state->>'version' AS version, state->>'commit' AS commit FROM release
       WHERE application = $1 AND (status IN ('completed', 'rolled_back') OR ${isWatched} OR ${wasWatched})
       ORDER BY id DESC LIMIT 50`,
      [application],
    );
  }

  /**
   * Drafts that nobody has planned yet, of each application only the oldest, so that versions follow the order of
   * creation and each sees those before it (one that cannot be planned holds nobody up for more than a minute); and
   * completed releases whose tag is not pushed.
   */
  async due(): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `SELECT id FROM release WHERE repository_due AND (status = 'completed'
         OR NOT EXISTS (SELECT 1 FROM release AS older
           WHERE older.repository_due AND older.status = 'draft' AND older.application = release.application
             AND older.id < release.id AND older.created_at > now() - interval '1 minute'))
       ORDER BY id LIMIT 50`,
    );
    return rows.map((row) => row.id);
  }

  /** By environment, the version of the oldest release that waits for it longer than this one; none where none does. */
  async queuedAhead(release: Release, environments: readonly string[]): Promise<Record<string, string>> {
    const rows = await this.database.query<{ environment: string; app_version: string }>(
      `SELECT DISTINCT ON (environment) environment, app_version
       FROM release, unnest($3::text[]) AS environment, LATERAL (SELECT state->'stages'->('deploy-' || environment) AS deploy) AS stage
       WHERE application = $1 AND id < $2 AND status = 'running'
         AND deploy->>'status' = 'blocked' AND deploy->'blockers' @> '[{"code":"environment_busy"}]'
       ORDER BY environment, id`,
      [release.application, release.id, environments],
    );
    return Object.fromEntries(rows.map((row) => [row.environment, row.app_version]));
  }

  /** What the holder of a slot does there. */
  async activityOf(releaseId: string, environment: string): Promise<SlotActivity | undefined> {
    const holder = await this.find(releaseId);
    return holder && activityIn(holder.state, environment);
  }

  /** Wakes when the ambient transaction has committed, so that it takes no locks of other releases. */
  wakeAfterCommit(who: Wakened): void {
    this.database.afterCommit(() => void this.wakeRunning(who).catch(this.onLostWake));
  }

  /** Running releases that something which has changed may let go on. */
  async wakeRunning({ application, releaseId, besides }: Wakened): Promise<void> {
    const rows = await this.database.query<{ id: string }>(
      `SELECT id FROM release WHERE status = 'running' AND ($1::text IS NULL OR application = $1)
         AND ($2::text IS NULL OR id = $2) AND ($3::text IS NULL OR id <> $3)`,
      [application ?? null, releaseId ?? null, besides ?? null],
    );
    await this.wakeUp(rows.map((row) => row.id));
  }
}
