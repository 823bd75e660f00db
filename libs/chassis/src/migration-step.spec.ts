import { describe, expect, it } from '@jest/globals';
import { ConfigError, readConfig } from '@signalbox/domain';
import { serviceConfig } from './config.js';
import { databaseMigration, migrateService, topicsMigration } from './migration-step.js';
import { startService } from './service.js';

const planning = { name: 'planning', migrations: [] };

it.each(['127.0.0.1', 'localhost'])(
  'a database at %s that does not answer is named, without its password',
  async (host) => {
    const DATABASE_URL = `postgres://planning:secret@${host}:1/planning_db`;
    const migrated = databaseMigration(planning, { DATABASE_URL })();
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
  await expect(topicsMigration({ LOG_DATABASE_URL })()).rejects.toThrow(
    'database of the event log (LOG_DATABASE_URL, 127.0.0.1:1/log): connect ECONNREFUSED 127.0.0.1:1',
  );
});

describe('all parts of a step', () => {
  // Whoever is asked first would answer that nothing listens there.
  const DATABASE_URL = 'postgres://planning:secret@127.0.0.1:1/planning_db';
  const KAFKA_BROKERS = '127.0.0.1:1';

  it.each([
    [{ DATABASE_URL, KAFKA_BROKERS, KAFKA_RETENTION_HOURS: '999' }, /^ {2}KAFKA_RETENTION_HOURS: .*300$/m],
    [{ DATABASE_URL, KAFKA_BROKERS, KAFKA_USERNAME: 'u' }, /^ {2}KAFKA_SASL_MECHANISM, KAFKA_PASSWORD: needed with/m],
    [{ DATABASE_URL }, /^ {2}set KAFKA_BROKERS or LOG_DATABASE_URL$/m],
    [{ KAFKA_BROKERS }, /^ {2}DATABASE_URL: is not set$/m],
  ])('are usable before the first one runs, which %j are not', async (variables, message) => {
    const migrated = migrateService(planning, undefined, variables);
    await expect(migrated).rejects.toThrow(ConfigError);
    await expect(migrated).rejects.toThrow(message);
  });

  it('need nothing of a part that does not run', async () => {
    const variables = { DATABASE_URL, KAFKA_BROKERS, KAFKA_RETENTION_HOURS: '999' };
    await expect(migrateService(planning, 'database', variables)).rejects.toThrow('connect ECONNREFUSED 127.0.0.1:1');
    await expect(migrateService(planning, 'constructor', variables)).rejects.toThrow(
      'unknown command migrate constructor; there is migrate [database | topics]',
    );
  });
});
