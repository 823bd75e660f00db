import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgresServer } from '@signalbox/persistence/postgres-server';
import { startKafka } from './kafka.mjs';

/**
 * A PostgreSQL and a Kafka of their own for as long as `work` lasts.
 * @param work is given { folder, postgres, kafka }; kafka is undefined where there can be none, which has been said
 */
export async function withServers(work, settings = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
  // PostgreSQL's own user must come through, or its data would stay elsewhere.
  await chmod(folder, 0o711);
  const postgres = await EmbeddedPostgresServer.start({ dataDir: join(folder, 'postgres'), settings });
  let kafka;
  try {
    kafka = await startKafka(folder);
    await work({ folder, postgres, kafka });
  } finally {
    await kafka?.stop();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
