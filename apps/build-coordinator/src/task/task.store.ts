import type { Database, OnCommit, Versioned } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
import { nextWakeUp } from './task.js';
import type { Task } from './task.js';

export class TaskStore extends Store<Task> {
  constructor(database: Database, onCommit: OnCommit<Task>) {
    super(
      database,
      {
        aggregate: 'task',
        table: 'task',
        source: '/signalbox/build-coordinator',
        keepsTrace: true,
        columns: ({ status, queuedAt }) => ({ status, queued_at: queuedAt }),
        nextWakeUp,
      },
      onCommit,
    );
  }

  /** Locks the task that has waited longest, past those that another replica is giving away. */
  async lockNext(): Promise<{ taskId: string; fencingToken: number } | undefined> {
    const [row] = await this.database.query<{ id: string; fence: string }>(
      `SELECT id, nextval('task_fence') AS fence FROM
         (SELECT id FROM task WHERE status = 'queued' ORDER BY queued_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) AS next`,
    );
    return row && { taskId: row.id, fencingToken: Number(row.fence) };
  }

  async hasQueued(): Promise<boolean> {
    const rows = await this.database.query("SELECT 1 FROM task WHERE status = 'queued' LIMIT 1");
    return rows.length === 1;
  }

  closing(): Promise<Versioned<Task>[]> {
    return this.select("status = 'closing'", [], { orderBy: 'id', limit: 50 });
  }
}
