import type { Database, OnCommit } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
import type { OutsideReport } from './outside.js';
import { nextWakeUp } from './test-run.js';
import type { TestRun } from './test-run.js';

export class TestRunStore extends Store<TestRun> {
  constructor(database: Database, onCommit: OnCommit<TestRun>) {
    super(
      database,
      {
        aggregate: 'test run',
        table: 'test_run',
        source: '/signalbox/test-orchestrator',
        keepsTrace: true,
        columns: ({ application, team, environment, of, status }) => ({
          application,
          team,
          environment,
          release_id: of.releaseId,
          status,
        }),
        nextWakeUp,
      },
      onCommit,
    );
  }

  /** Runs with a report that is stored but not read. */
  async reading(): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `SELECT id FROM test_run WHERE status = 'running' AND state->'suites' @> '[{"status":"reading"}]' ORDER BY id LIMIT 50`,
    );
    return rows.map((row) => row.id);
  }

  /** Runs that a report from outside may mean: by the requests that it links to, else those of its release. */
  async meantBy({ requests, releaseId }: Pick<OutsideReport, 'requests' | 'releaseId'>): Promise<TestRun[]> {
    const byRequest = await this.select(`state->'of'->>'requestEventId' = ANY($1)`, [requests]);
    if (byRequest.length > 0 || releaseId === undefined) return byRequest.map(({ state }) => state);
    return (await this.select(`release_id = $1 AND status = 'running'`, [releaseId])).map(({ state }) => state);
  }

  async ofTask(taskId: string): Promise<string | undefined> {
    const [row] = await this.database.query<{ id: string }>(
      `SELECT id FROM test_run WHERE status = 'running' AND state->'suites' @> jsonb_build_array(jsonb_build_object('taskId', $1::text)) LIMIT 1`,
      [taskId],
    );
    return row?.id;
  }
}
