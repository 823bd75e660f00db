import type { Scene } from './fault.js';
import { plantTrigger } from './planted-trigger.js';

/**
 * Notes wake-ups of a service that come long before they are due by the database's clock: who fires one holds its lock
 * (libs/messaging/src/wake-ups.ts) and changes what it found. What it has set itself since is another matter; so is what
 * somebody sets anew, for some seconds later, while it waits for the aggregate.
 * @returns what ends that and names them
 */
export async function watchWakeUps(scene: Scene, service: string): Promise<() => Promise<string[]>> {
  const database = scene.world.database(service);
  await database.query(
    'CREATE TABLE IF NOT EXISTS audit.early (aggregate text NOT NULL, id text NOT NULL, ahead interval NOT NULL)',
  );
  const end = await plantTrigger(
    scene,
    [service, 'BEFORE UPDATE OR DELETE ON wake_up'],
    `IF OLD.due_at > clock_timestamp() + interval '30 s' AND OLD.xmin::text <> (txid_current() % 4294967296)::text AND EXISTS (
       SELECT 1 FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory' AND granted AND objsubid = 1
         AND (classid::bigint << 32) + objid::bigint = hashtextextended(OLD.aggregate || '/' || OLD.id, 0)
     ) THEN INSERT INTO audit.early VALUES (OLD.aggregate, OLD.id, OLD.due_at - clock_timestamp()); END IF;
     IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;`,
  );
  return async () => {
    await end();
    const rows = await database.query<{ told: string }>(
      "DELETE FROM audit.early RETURNING aggregate || ' ' || id || ' by ' || ahead AS told",
    );
    return rows.map(({ told }) => `${service} ${told}`);
  };
}
