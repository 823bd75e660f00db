import { expect, it } from '@jest/globals';
import { migrateDatabase, migrateTopics } from './migration-step.js';

it.each(['127.0.0.1', 'localhost'])(
  'a database at %s that does not answer is named, without its password',
  async (host) => {
    const DATABASE_URL = `postgres://planning:secret@${host}:1/planning_db`;
    const migrated = migrateDatabase({ name: 'planning', migrations: [] }, { DATABASE_URL });
    await expect(migrated).rejects.toMatchObject({
      message: expect.stringMatching(
        new RegExp(`^database of planning \\(DATABASE_URL, ${host}:1/planning_db\\): connect ECONNREFUSED .*:1`),
      ),
    });
    await expect(migrated).rejects.not.toThrow('secret');
  },
);

it('so is that of the embedded log', async () => {
  const LOG_DATABASE_URL = 'postgres://log:secret@127.0.0.1:1/log';
  await expect(migrateTopics({ LOG_DATABASE_URL })).rejects.toThrow(
    'database of the event log (LOG_DATABASE_URL, 127.0.0.1:1/log): connect ECONNREFUSED 127.0.0.1:1',
  );
});
