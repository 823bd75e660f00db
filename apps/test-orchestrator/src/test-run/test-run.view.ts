import type { Identity, ListQuery, ListRules, Page } from '@signalbox/chassis';
import { visibleTo } from '@signalbox/chassis';
import type { Database } from '@signalbox/persistence';
import type { TestRun } from './test-run.js';

export const testRunListRules: ListRules = {
  filters: {
    application: { column: 'application', kind: 'text' },
    environment: { column: 'environment', kind: 'text' },
    releaseId: { column: 'release_id', kind: 'text' },
    status: { column: 'status', kind: 'text' },
  },
  sorts: { createdAt: 'created_at' },
  defaultSort: '-createdAt',
};

export class TestRunView {
  constructor(private readonly database: Database) {}

  async list(query: ListQuery, identity: Identity): Promise<Page<object>> {
    const params = [...query.params];
    const visible = visibleTo(identity, params);
    const rows = await this.database.query<{ id: string; created_at: Date; state: TestRun }>(
      `SELECT id, created_at, state FROM test_run WHERE (${query.where}) AND ${visible} ORDER BY ${query.orderBy} LIMIT ${query.limit + 1}`,
      params,
    );
    return query.page(
      rows,
      (row) => row.created_at.toISOString(),
      (row) => testRunBody(row.state),
    );
  }
}

export function testRunBody(run: TestRun): object {
  const { of, toldAt: _, ...rest } = run;
  return { ...rest, releaseId: of.releaseId, stage: of.stage, attempt: of.attempt };
}
