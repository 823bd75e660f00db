import { readConfig, ConfigError } from '@signalbox/domain';
import { EmbeddedBroker, KafkaBroker } from '@signalbox/messaging';
import type { Migration } from '@signalbox/messaging';
import { Database } from '@signalbox/persistence';
import { databaseStepConfig, topicsStepConfig } from './config.js';
import type { TopicsStepConfig } from './config.js';
import { idempotencyMigration } from './http/idempotency.js';
import { kafkaOptions } from './kafka-config.js';
import { reconcileMigration } from './reconcile-loop.js';
import { processMigration } from './status.js';

interface Migrated {
  name: string;
  migrations: readonly Migration[];
}

/** Every migration of a service's database, the chassis' own among them. */
export function migrationsOf({ migrations }: Pick<Migrated, 'migrations'>): Migration[] {
  return [idempotencyMigration, reconcileMigration, processMigration, ...migrations];
}

/** The step before a service starts: its database. @returns what was done, in a sentence */
export async function migrateDatabase(definition: Migrated, variables: NodeJS.ProcessEnv): Promise<string> {
  const { name } = definition;
  const { DATABASE_URL: url } = readConfig(databaseStepConfig, variables);
  const opening = Database.open({ url, name, migrations: migrationsOf(definition), poolSize: 2 });
  const database = await opening.catch(unopened(name, url));
  await database.close();
  const { length } = database.applied;
  return `database of ${name}: ${length === 0 ? 'up to date' : `${length} migration${length === 1 ? '' : 's'} applied`}`;
}

/** For `catch`, of a service's own database. */
export function unopened(service: string, url: string): (error: unknown) => never {
  return told(`database of ${service}`, 'DATABASE_URL', url);
}

/** For `catch`: says which database it was and which variable leads there, without the password in it. */
function told(what: string, variable: string, url: string): (error: unknown) => never {
  const { host, pathname } = new URL(url);
  return (error) => {
    // A name with several addresses fails with one error for each, and says nothing itself.
    const { errors = [error] } = error as { errors?: unknown[] };
    const said = errors.map((each) => (each as Partial<Error>).message ?? String(each)).join('; ');
    throw new Error(`${what} (${variable}, ${host}${pathname}): ${said}`, { cause: error });
  };
}

/** The step before any service starts: the topics of the installation. @returns what was done, a sentence each */
export async function migrateTopics(variables: NodeJS.ProcessEnv): Promise<string[]> {
  const config = readConfig(topicsStepConfig, variables);
  const broker = brokerOf(config);
  try {
    const said = await broker.migrate();
    return said.length === 0 ? ['topics: up to date'] : said;
  } finally {
    await broker.stop();
  }
}

function brokerOf(config: TopicsStepConfig): { migrate(): Promise<string[]>; stop(): Promise<void> } {
  const { KAFKA_BROKERS: brokers, LOG_DATABASE_URL: databaseUrl } = config;
  const { TOPIC_PREFIX: topicPrefix, EVENT_SOURCES: sources } = config;
  if (brokers) {
    const broker = new KafkaBroker({
      brokers,
      clientId: 'signalbox-migrate',
      topicPrefix,
      sources,
      ...kafkaOptions(config),
    });
    return { migrate: () => broker.migrateTopics(), stop: () => broker.stop() };
  }
  if (databaseUrl) {
    const unreached = told('database of the event log', 'LOG_DATABASE_URL', databaseUrl);
    const broker = new EmbeddedBroker({ databaseUrl, topicPrefix, sources });
    return { migrate: () => broker.createTopics().then(() => [], unreached), stop: () => broker.stop() };
  }
  throw new ConfigError('configuration is not usable:\n  set KAFKA_BROKERS or LOG_DATABASE_URL');
}
