import type { Judgement } from '@signalbox/domain';
import type { Database } from '@signalbox/persistence';

export const judgementsKept = { table: 'judgement', column: 'at', days: 90 };

/** Every judgement as it was published. */
export class JudgementStore {
  constructor(private readonly database: Database) {}

  async add(judgement: Judgement): Promise<void> {
    await this.database.query(
      `INSERT INTO judgement (analysis_id, number, body) VALUES ($1, $2, $3::jsonb) ON CONFLICT DO NOTHING`,
      [judgement.analysisId, judgement.number, JSON.stringify(judgement)],
    );
  }
}
