import type { ListQuery, ListRules, Page } from '@signalbox/chassis';
import type { Database } from '@signalbox/persistence';

export const missedReportListRules: ListRules = {
  filters: {
    source: { column: 'source', kind: 'text' },
    releaseId: { column: 'release_id', kind: 'text' },
    code: { column: 'code', kind: 'text' },
  },
  sorts: { seq: 'seq' },
  defaultSort: '-seq',
  id: 'seq',
};

interface Row {
  id: string;
  at: Date;
  source: string;
  event_id: string;
  type: string;
  release_id: string | null;
  code: string;
  message: string;
}

/** A report of a tool outside that counted for nothing, and why. */
export interface MissedReport {
  at: string;
  source: string;
  eventId: string;
  type: string;
  releaseId: string | null;
  code: string;
  message: string;
}

export class MissedReportView {
  constructor(private readonly database: Database) {}

  async list({ where, params, orderBy, limit, page }: ListQuery): Promise<Page<MissedReport>> {
    const rows = await this.database.query<Row>(
      `SELECT seq AS id, at, source, event_id, type, release_id, code, message FROM missed_report
       WHERE ${where} ORDER BY ${orderBy} LIMIT ${limit + 1}`,
      params,
    );
    return page(
      rows,
      ({ id }) => id,
      ({ at, source, event_id: eventId, type, release_id: releaseId, code, message }) => ({
        at: at.toISOString(),
        source,
        eventId,
        type,
        releaseId,
        code,
        message,
      }),
    );
  }
}
