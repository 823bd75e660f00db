import { storableText } from '@signalbox/domain';
import type { Database } from '@signalbox/persistence';

const maxLength = 16 * 1_048_576;
const lineLength = 1_000;

/** What tasks print: chunks while they run, one row when they have ended. */
export class TaskLog {
  constructor(private readonly database: Database) {}

  /** The same chunk twice is one; what a runner sends beyond 16 MiB is dropped. */
  async append(taskId: string, seq: number, text: string): Promise<void> {
    await this.database.query(
      `INSERT INTO log_chunk (task_id, seq, body)
       SELECT $1, $2, $3 WHERE (SELECT coalesce(sum(length(body)), 0) FROM log_chunk WHERE task_id = $1) < ${maxLength}
       ON CONFLICT (task_id, seq) DO NOTHING`,
      [taskId, seq, storableText(text)],
    );
  }

  async fold(taskId: string): Promise<void> {
    await this.database.transactions.run(async (tx) => {
      await tx.query(
        `INSERT INTO task_log (task_id, body)
         SELECT $1, coalesce(string_agg(body, '' ORDER BY seq), '') FROM log_chunk WHERE task_id = $1
         ON CONFLICT (task_id) DO NOTHING`,
        [taskId],
      );
      await tx.query('DELETE FROM log_chunk WHERE task_id = $1', [taskId]);
    });
  }

  async read(taskId: string): Promise<string> {
    const [row] = await this.database.query<{ body: string }>(
      `SELECT coalesce((SELECT body FROM task_log WHERE task_id = $1),
         (SELECT string_agg(body, '' ORDER BY seq) FROM log_chunk WHERE task_id = $1), '') AS body`,
      [taskId],
    );
    return row?.body ?? '';
  }

  async lastLines(taskId: string, count: number): Promise<string[]> {
    const lines = (await this.read(taskId)).trimEnd().split('\n');
    return lines.slice(-count).map((line) => line.slice(0, lineLength));
  }
}
