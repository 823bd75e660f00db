import type { Database } from '@signalbox/persistence';

/** How much the monitor has in hand. */
export class MonitorCensus {
  constructor(private readonly database: Database) {}

  countOpenIncidents(): Promise<number> {
    return this.count(`incident WHERE status = 'open'`);
  }

  countJudging(): Promise<number> {
    return this.count(`analysis WHERE status = 'judging'`);
  }

  private async count(what: string): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${what}`);
    return row?.count ?? 0;
  }
}
