import type { CatalogueTopic } from '@signalbox/domain';
import type pg from 'pg';

/**
 * `log_partition.next_off` is drawn under its row's lock, so that the offsets of one partition become visible in order
 * and without gaps. A `log_member` counts while the session it names is connected.
 */
const schema = `
CREATE TABLE IF NOT EXISTS log (
  topic text NOT NULL, part int NOT NULL, off bigint NOT NULL, key text, headers jsonb NOT NULL, value bytea,
  appended_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (topic, part, off)
);
CREATE INDEX IF NOT EXISTS log_appended_at ON log (appended_at);
CREATE TABLE IF NOT EXISTS log_partition (
  topic text NOT NULL, part int NOT NULL, compacted boolean NOT NULL, next_off bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (topic, part)
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS log_offset (
  grp text NOT NULL, topic text NOT NULL, part int NOT NULL, off bigint NOT NULL,
  PRIMARY KEY (grp, topic, part)
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS log_member (
  grp text NOT NULL, pid int NOT NULL, backend_start timestamptz NOT NULL,
  PRIMARY KEY (grp, pid)
);`;

const schemaLock = 7_202;
const retentionDays = 7;
const unreadRetentionDays = 100;

export async function createLog(
  client: pg.ClientBase,
  prefix: string,
  catalogue: readonly CatalogueTopic[],
): Promise<void> {
  const partitions = catalogue.flatMap((topic) =>
    Array.from({ length: topic.partitions }, (_, part) => ({
      name: prefix + topic.name,
      part,
      compacted: topic.compacted,
    })),
  );
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [schemaLock]);
    await client.query(schema);
    await client.query(
      `INSERT INTO log_partition (topic, part, compacted)
       SELECT * FROM unnest($1::text[], $2::int[], $3::boolean[]) ON CONFLICT DO NOTHING`,
      [partitions.map((p) => p.name), partitions.map((p) => p.part), partitions.map((p) => p.compacted)],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/**
 * Deletes what is too old, and on compacted topics whatever a newer record of the same key has replaced. What a group
 * has not read yet stays, for an installation may be down for longer than that; but not for ever for a group that is gone.
 */
export async function trimLog(client: pg.ClientBase): Promise<void> {
  await client.query(
    `WITH reader AS (SELECT DISTINCT grp, topic FROM log_offset), read AS (
       SELECT p.topic, p.part, min(coalesce(o.off, 0)) AS upto
       FROM log_partition p JOIN reader r ON r.topic = p.topic
       LEFT JOIN log_offset o ON (o.grp, o.topic, o.part) = (r.grp, p.topic, p.part) GROUP BY p.topic, p.part)
     DELETE FROM log USING log_partition p LEFT JOIN read ON (read.topic, read.part) = (p.topic, p.part)
     WHERE (log.topic, log.part) = (p.topic, p.part) AND NOT p.compacted
       AND log.appended_at < now() - $1 * interval '1 day'
       AND (read.upto IS NULL OR log.off < read.upto OR log.appended_at < now() - $2 * interval '1 day')`,
    [retentionDays, unreadRetentionDays],
  );
  await client.query(
    `DELETE FROM log USING log_partition p
     WHERE (log.topic, log.part) = (p.topic, p.part) AND p.compacted AND EXISTS (
       SELECT 1 FROM log newer
       WHERE (newer.topic, newer.part, newer.key) = (log.topic, log.part, log.key) AND newer.off > log.off)`,
  );
}
