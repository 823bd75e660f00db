import { expect, it } from '@jest/globals';
import { ConfigError } from '@signalbox/domain';
import { migratePlatform } from './platform.js';

const DATABASE_URL = 'postgres://planning:secret@127.0.0.1:1/planning_db';

it.each([
  [{ planning: { DATABASE_URL }, deployer: {} }, { KAFKA_BROKERS: '127.0.0.1:1' }, /DATABASE_URL: is not set$/],
  [{ planning: { DATABASE_URL } }, { KAFKA_BROKERS: 'nowhere' }, /KAFKA_BROKERS: host:port/],
  [{ planning: { DATABASE_URL }, odd: {} }, { KAFKA_BROKERS: '127.0.0.1:1' }, /^there is no service odd;/],
])('%j with %j is not usable: no database is asked before that is told', async (services, shared, message) => {
  const migrated = migratePlatform(services as Parameters<typeof migratePlatform>[0], shared);
  await expect(migrated).rejects.toThrow(ConfigError);
  await expect(migrated).rejects.toThrow(message);
});
