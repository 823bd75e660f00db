import { expect, it } from '@jest/globals';
import { readConfig } from '@signalbox/domain';
import { serviceConfig } from './config.js';
import { migrateDatabase, migrateTopics } from './migration-step.js';
import { startService } from './service.js';

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

it('so it is where a service starts without the step', async () => {
  const config = readConfig(serviceConfig, {
    PORT: '0',
    DATABASE_URL: 'postgres://planning:secret@127.0.0.1:1/planning_db',
    LOG_DATABASE_URL: 'postgres://log:secret@127.0.0.1:1/log',
    IDENTITY_JWKS: '{"keys":[{"kty":"OKP"}]}',
    CURSOR_KEY: 'a-cursor-key-for-tests',
    LOG_LEVEL: 'fatal',
  });
  const definition = { name: 'planning', title: 'Planning', migrations: [], module: () => ({ module: class {} }) };
  await expect(startService(definition, config)).rejects.toThrow(
    'database of planning (DATABASE_URL, 127.0.0.1:1/planning_db): connect ECONNREFUSED 127.0.0.1:1',
  );
});

it('so is that of the embedded log', async () => {
  const LOG_DATABASE_URL = 'postgres://log:secret@127.0.0.1:1/log';
  await expect(migrateTopics({ LOG_DATABASE_URL })).rejects.toThrow(
    'database of the event log (LOG_DATABASE_URL, 127.0.0.1:1/log): connect ECONNREFUSED 127.0.0.1:1',
  );
});
