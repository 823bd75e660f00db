import { inTurn, topicsMigration } from '@signalbox/chassis';
import type { RunningService } from '@signalbox/chassis';
import { ConfigError } from '@signalbox/domain';
import type { ServiceVariables } from './config.js';
import { services } from './services.js';

/** Starts every service of the file in this process; stops those that started if one cannot. */
export async function startPlatform(variables: ServiceVariables): Promise<{ stop(): Promise<void> }> {
  const started = await Promise.allSettled(
    Object.entries(variables).map(([name, own]) => serviceNamed(name).start(own)),
  );
  const running = started.filter(
    (result): result is PromiseFulfilledResult<RunningService> => result.status === 'fulfilled',
  );
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(({ value }) => value.stop()));
  };
  const failed = started.find((result) => result.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  return { stop };
}

/**
 * The step before the services start: the database of each service of the file, then the topics, for which `shared`
 * names the brokers and a user who may create them. @returns what was done, a sentence each
 */
export async function migratePlatform(variables: ServiceVariables, shared: NodeJS.ProcessEnv): Promise<string[]> {
  const databases = Object.entries(variables).map(([name, own]) => serviceNamed(name).migration(own));
  return inTurn([...databases, topicsMigration(shared)]);
}

function serviceNamed(name: string): (typeof services)[string] {
  const service = services[name];
  if (!service) throw new ConfigError(`there is no service ${name}; there are ${Object.keys(services).join(', ')}`);
  return service;
}
