import type { Identity } from '@signalbox/chassis';
import { visibleTo } from '@signalbox/chassis';
import type { Database } from '@signalbox/persistence';
import type { Activity } from './activity.js';

export interface ActivityFilter {
  releaseId?: string | undefined;
  application?: string | undefined;
  type?: string | undefined;
}

interface Row {
  seq: string;
  event_id: string;
  type: string;
  source: string;
  subject: string;
  at: Date;
  release_id: string | null;
  application: string | null;
  content: unknown;
  custom_data: unknown;
}

/** The timeline: every event in the order in which it was archived. */
export class ActivityView {
  constructor(private readonly database: Database) {}

  /** @param besides numbers of some that are not wanted */
  async after(
    seq: number,
    filter: ActivityFilter,
    caller: Identity,
    limit: number,
    besides: readonly number[] = [],
  ): Promise<Activity[]> {
    const params: unknown[] = [seq];
    const owner = { application: 'activity.application', team: 'known_application.team' };
    const clauses = ['seq > $1', visibleTo(caller, params, owner)];
    if (filter.releaseId) clauses.push(`release_id = $${params.push(filter.releaseId)}`);
    if (filter.application) clauses.push(`activity.application = $${params.push(filter.application)}`);
    if (filter.type) clauses.push(`strpos(type, $${params.push(filter.type)}) > 0`);
    if (besides.length > 0) clauses.push(`seq <> ALL($${params.push(besides)}::bigint[])`);
    const rows = await this.database.query<Row>(
      `SELECT seq, event_id, type, source, subject, at, release_id, activity.application, content, custom_data
       FROM activity LEFT JOIN known_application USING (application) WHERE ${clauses.join(' AND ')} ORDER BY seq LIMIT ${limit}`,
      params,
    );
    return rows.map(toActivity);
  }

  async newestSeq(): Promise<number> {
    const [row] = await this.database.query<{ seq: string | null }>('SELECT max(seq) AS seq FROM activity');
    return Number(row?.seq ?? 0);
  }
}

function toActivity(row: Row): Activity {
  return {
    seq: Number(row.seq),
    eventId: row.event_id,
    type: row.type,
    source: row.source,
    subject: row.subject,
    at: row.at.toISOString(),
    ...(row.release_id && { releaseId: row.release_id }),
    ...(row.application && { application: row.application }),
    content: row.content,
    ...(row.custom_data !== null && { customData: row.custom_data }),
  };
}
