import type { Reading } from '@signalbox/chassis';
import type { Database } from '@signalbox/persistence';

interface Counted {
  labels: Record<string, string>;
  count: number;
  oldest: number;
}

const openStages = `release, jsonb_each(state->'stages') AS each(key, stage) WHERE release.status IN ('planned', 'running')`;
const age = (time: string) => `extract(epoch FROM now() - min((${time})::timestamptz))`;

/** Waits that somebody has asked for; the alert on blocked stages leaves them out (`deploy/prometheus/alerts.yml`). */
export const waitsAskedFor = [
  'approval_missing',
  'held',
  'window_closed',
  'soaking',
  'quarantined',
  'manual_gate',
  'pause',
];

/** How many releases and stages there are that have not ended, and since when the oldest is as it is. */
export class ReleaseCensus {
  constructor(private readonly database: Database) {}

  /** A dry run of an earlier build has stayed a draft, planned, and waits for nothing. */
  async releases(): Promise<Reading<'status'>[]> {
    const rows = await this.database.query<{ status: string; count: number }>(
      `SELECT status, count(*)::int AS count FROM release
       WHERE status IN ('planned', 'running') OR (status = 'draft' AND state->'plannedAt' IS NULL) GROUP BY status`,
    );
    return rows.map(({ status, count }) => ({ labels: { status }, value: count }));
  }

  async stages(): Promise<Reading<'kind' | 'status'>[]> {
    const rows = await this.database.query<Counted>(
      `SELECT jsonb_build_object('kind', stage->>'kind', 'status', stage->>'status') AS labels, count(*)::int AS count
       FROM ${openStages} AND stage->>'status' IN ('blocked', 'requested', 'running', 'cancelling')
       GROUP BY stage->>'kind', stage->>'status'`,
    );
    return rows.map(({ labels, count }) => ({ labels: labels as Record<'kind' | 'status', string>, value: count }));
  }

  /** Ages in seconds of the oldest stage that is with an executor and not paused, by its kind. */
  async busyAges(): Promise<Reading<'kind'>[]> {
    const rows = await this.database.query<Counted>(
      `SELECT jsonb_build_object('kind', stage->>'kind') AS labels, ${age(`stage->>'requestedAt'`)}::float8 AS oldest
       FROM ${openStages} AND stage->>'status' IN ('requested', 'running', 'cancelling')
         AND coalesce(stage->>'paused', 'false') = 'false' AND stage->>'requestedAt' IS NOT NULL
       GROUP BY stage->>'kind'`,
    );
    return rows.map(({ labels, oldest }) => ({ labels: labels as Record<'kind', string>, value: oldest }));
  }

  /**
   * Ages in seconds of the oldest stage that waits, here or with its executor, by what it waits for. Where somebody has
   * asked for the wait, nobody misses what else it would wait for.
   */
  async blockedAges(): Promise<Reading<'reason'>[]> {
    const since = `coalesce(stage->'waitsSince'->>(blocker->>'code'), stage->>'blockedSince')`;
    const rows = await this.database.query<Counted>(
      `SELECT jsonb_build_object('reason', blocker->>'code') AS labels, ${age(since)}::float8 AS oldest
       FROM release, jsonb_each(state->'stages') AS each(key, stage), jsonb_array_elements(stage->'blockers') AS blocker
       WHERE release.status IN ('planned', 'running') AND stage->>'blockedSince' IS NOT NULL
         AND stage->>'status' IN ('blocked', 'requested', 'running', 'cancelling')
         AND (blocker->>'code' = ANY($1) OR NOT EXISTS (
           SELECT FROM jsonb_array_elements(stage->'blockers') AS other WHERE other->>'code' = ANY($1)))
       GROUP BY blocker->>'code'`,
      [waitsAskedFor],
    );
    return rows.map(({ labels, oldest }) => ({ labels: labels as Record<'reason', string>, value: oldest }));
  }
}
