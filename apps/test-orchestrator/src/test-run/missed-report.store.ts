import { storableJson, storableText } from '@signalbox/domain';
import type { ReceivedEvent, StageAttempt } from '@signalbox/domain';
import type { Database } from '@signalbox/persistence';
import type { Miss, OutsideReport } from './outside.js';

/** Of one source, about. */
const kept = 1_000;

/** Reports from outside that were of no suite. */
export class MissedReportStore {
  constructor(private readonly database: Database) {}

  /**
   * A report and the request that it answers may be read at the same time, by two processes: whoever comes second sees what
   * the first has written.
   */
  async takeTurns(): Promise<void> {
    await this.database.query(`SELECT pg_advisory_xact_lock(hashtext('missed_report'))`);
  }

  async note({ id, type, chainId }: ReceivedEvent, report: OutsideReport, { code, message }: Miss): Promise<void> {
    await this.database.query(
      `INSERT INTO missed_report (source, event_id, type, release_id, code, message, report)
       VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)`,
      [report.source, id, type, chainId ?? null, code, storableText(message), storableJson(report)],
    );
    await this.database.query(
      `DELETE FROM missed_report WHERE source = $1 AND seq <=
         (SELECT seq FROM missed_report WHERE source = $1 ORDER BY seq DESC OFFSET ${kept} LIMIT 1)`,
      [report.source],
    );
  }

  /** Those that may be of an attempt which was not known when they came, the oldest first. */
  async early({ requestEventId, releaseId }: StageAttempt): Promise<{ seq: string; report: OutsideReport }[]> {
    await this.takeTurns();
    return this.database.query(
      `SELECT seq, report FROM missed_report
       WHERE code = 'unmatched' AND (report->'requests' ? $1 OR report->>'releaseId' = $2) ORDER BY seq`,
      [requestEventId, releaseId],
    );
  }

  async forget(seq: string): Promise<void> {
    await this.database.query('DELETE FROM missed_report WHERE seq = $1', [seq]);
  }
}
