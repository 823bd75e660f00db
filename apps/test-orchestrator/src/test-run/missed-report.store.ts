import { storableText } from '@signalbox/domain';
import type { ReceivedEvent } from '@signalbox/domain';
import type { Database } from '@signalbox/persistence';
import type { Miss } from './outside.js';

/** Of one source, about. */
const kept = 1_000;

/** Reports from outside that were of no suite. */
export class MissedReportStore {
  constructor(private readonly database: Database) {}

  async note({ id, type, chainId }: ReceivedEvent, source: string, { code, message }: Miss): Promise<void> {
    await this.database.query(
      `WITH told AS (
         INSERT INTO missed_report (source, event_id, type, release_id, code, message)
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING seq
       ) DELETE FROM missed_report USING told WHERE source = $1 AND missed_report.seq <= told.seq - ${kept}`,
      [source, id, type, chainId ?? null, code, storableText(message)],
    );
  }
}
