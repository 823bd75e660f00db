import type { Identity, ListQuery, ListRules, Listing, Page } from '@signalbox/chassis';
import { listVisible } from '@signalbox/chassis';
import type { Database } from '@signalbox/persistence';
import { testRunStatuses } from './test-run.js';
import type { TestRun } from './test-run.js';

export const testRunListRules: ListRules = {
  filters: {
    application: { column: 'application', kind: 'text' },
    environment: { column: 'environment', kind: 'text' },
    releaseId: { column: 'release_id', kind: 'text' },
    status: { column: 'status', kind: 'text', values: testRunStatuses },
  },
  sorts: { createdAt: 'created_at' },
  defaultSort: '-createdAt',
};

const listing: Listing<TestRun, ShownTestRun> = {
  table: 'test_run',
  sortValue: (row) => row.created_at.toISOString(),
  show: testRunBody,
};

export class TestRunView {
  constructor(private readonly database: Database) {}

  list(query: ListQuery, identity: Identity): Promise<Page<ShownTestRun>> {
    return listVisible(this.database, listing, query, identity);
  }

  async countRunning(): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM test_run WHERE status = 'running'`,
    );
    return row?.count ?? 0;
  }
}

/** A test run as REST answers it. */
export type ShownTestRun = Omit<TestRun, 'of' | 'toldAt'> & Pick<TestRun['of'], 'releaseId' | 'stage' | 'attempt'>;

export function testRunBody(run: TestRun): ShownTestRun {
  const { of, toldAt: _, ...rest } = run;
  return { ...rest, releaseId: of.releaseId, stage: of.stage, attempt: of.attempt };
}
