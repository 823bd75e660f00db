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

/** A step whose configuration has been read and found usable. @returns what was done, a sentence each */
export type MigrationStep = () => Promise<string[]>;

/** The steps before a service starts: its database, then the topics; or the named one of them alone. */
export async function migrateService(
  definition: Migrated,
  part: string | undefined,
  variables: NodeJS.ProcessEnv,
): Promise<string[]> {
  const parts: Record<string, () => MigrationStep> = {
    database: () => databaseMigration(definition, variables),
    topics: () => topicsMigration(variables),
  };
  const names = part === undefined ? Object.keys(parts) : [part];
  return inTurn(names.map((name) => ownOf(parts, name)()));
}

function ownOf(parts: Record<string, () => MigrationStep>, name: string): () => MigrationStep {
  const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
  if (part) return part;
  throw new ConfigError(`unknown command migrate ${name}; there is migrate [${Object.keys(parts).join(' | ')}]`);
}

/** Steps are given ready: where the configuration of one is not usable, none has changed anything. */
export async function inTurn(steps: readonly MigrationStep[]): Promise<string[]> {
  const said: string[] = [];
  for (const step of steps) said.push(...(await step()));
  return said;
}

/** The step before a service starts: its database. Throws ConfigError at once. */
export function databaseMigration(definition: Migrated, variables: NodeJS.ProcessEnv): MigrationStep {
  const { name } = definition;
  const { DATABASE_URL: url } = readConfig(databaseStepConfig, variables);
  return async () => {
    const opening = Database.open({ url, name, migrations: migrationsOf(definition), poolSize: 2 });
    const database = await opening.catch(unopened(name, url));
    await database.close();
    const { length } = database.applied;
    const did = length === 0 ? 'up to date' : `${length} migration${length === 1 ? '' : 's'} applied`;
    return [`database of ${name}: ${did}`];
  };
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

/** The step before any service starts: the topics of the installation. Throws ConfigError at once. */
export function topicsMigration(variables: NodeJS.ProcessEnv): MigrationStep {
  // It connects with its first call.
  const broker = brokerOf(readConfig(topicsStepConfig, variables));
  return async () => {
    try {
      const said = await broker.migrate();
      return said.length === 0 ? ['topics: up to date'] : said;
    } finally {
      await broker.stop();
    }
  };
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
