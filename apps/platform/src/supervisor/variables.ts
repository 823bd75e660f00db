import { join } from 'node:path';
import { gitReach } from '@signalbox/domain';
import type { LaunchOptions } from './config.js';
import type { Databases } from './databases.js';
import { serviceNames } from './installation.js';
import type { Installation, ServiceName } from './installation.js';
import type { Replica } from './replica.js';
import { workspacesOf } from './workspaces.js';

export interface Infrastructure {
  databases: Databases;
  kafkaBrokers: string[] | undefined;
}

/** Each service's variables: the same whether it is hosted by the platform or runs alone. */
export function serviceVariables(
  options: LaunchOptions,
  folder: string,
  { ports, secrets, topicPrefix, identityKey }: Installation,
  infrastructure: Infrastructure,
): Record<ServiceName, Record<string, string>> {
  const { d: _, ...publicKey } = identityKey;
  const at = (name: ServiceName | 'host') => `http://127.0.0.1:${ports[name]}`;
  const everywhere = everywhereOf(options, infrastructure);
  const common = (name: ServiceName): Record<string, string> => ({
    ...everywhere,
    PORT: String(ports[name]),
    DATABASE_URL: infrastructure.databases.url(name),
    TOPIC_PREFIX: topicPrefix,
    IDENTITY_JWKS: JSON.stringify({ keys: [publicKey] }),
    CURSOR_KEY: secrets.cursor,
    LOG_LEVEL: 'info',
  });
  const store = { STORE_KEY: secrets.store, STORE_URL: at('build-coordinator') };
  const upstreams = Object.fromEntries(
    serviceNames.filter((name) => name !== 'gateway').map((name) => [name, at(name)]),
  );
  return {
    gateway: {
      ...common('gateway'),
      UPSTREAMS: JSON.stringify(upstreams),
      IDENTITY_KEY: JSON.stringify(identityKey),
      ADMIN_KEY: secrets.admin,
    },
    planning: { ...common('planning'), ...repositoryVariables(options, folder) },
    'build-coordinator': {
      ...common('build-coordinator'),
      ...store,
      PUBLIC_URL: at('build-coordinator'),
      STORE_DIRECTORY: join(folder, 'store'),
      RUNNER_KEYS: secrets.runner,
    },
    'test-orchestrator': { ...common('test-orchestrator'), ...store },
    deployer: {
      ...common('deployer'),
      ...store,
      HOST_URL: at('host'),
      HOST_KEY: secrets.host,
      SECRET_KEY: secrets.secretBox,
    },
    monitor: { ...common('monitor'), ALLOW_PRIVATE: 'true', HOST_KEY: secrets.host },
    feedback: common('feedback'),
  };
}

/** HOME as the runner's: what one of them can read, the other must be able to. */
function repositoryVariables({ passedOn, path }: LaunchOptions, folder: string): Record<string, string> {
  return {
    ...gitReach(passedOn),
    PATH: path,
    HOME: passedOn['HOME'] ?? folder,
    ALLOW_LOCAL_REPOSITORIES: 'true',
    MIRROR_DIRECTORY: join(folder, 'mirrors'),
  };
}

function everywhereOf(
  { kafkaVariables, eventSources, limits, build, tracing }: LaunchOptions,
  { kafkaBrokers, databases }: Infrastructure,
): Record<string, string> {
  const broker: Record<string, string> = kafkaBrokers
    ? { KAFKA_BROKERS: kafkaBrokers.join(',') }
    : { LOG_DATABASE_URL: databases.url('log') };
  const sources = eventSources && { EVENT_SOURCES: eventSources };
  return { ...kafkaVariables, ...broker, ...sources, ...limits.services, ...build, ...tracing };
}

export function hostVariables(
  options: LaunchOptions,
  folder: string,
  { ports, secrets }: Installation,
): Record<string, string> {
  return {
    ...options.passedOn,
    PATH: options.path,
    HOST_DATA: join(folder, 'host'),
    HOST_WORKSPACES: join(workspacesOf(folder), 'host'),
    HOST_PORT: String(ports.host),
    HOST_KEY: secrets.host,
    HOST_LOG_LEVEL: 'info',
    ...options.build,
  };
}

export function runnerVariables(
  options: LaunchOptions,
  folder: string,
  { ports, secrets }: Installation,
  { name, number }: Replica,
): Record<string, string> {
  return {
    ...options.passedOn,
    ...options.limits.runner,
    PATH: options.path,
    COORDINATOR_URL: `http://127.0.0.1:${ports['build-coordinator']}`,
    RUNNER_KEY: secrets.runner,
    RUNNER_NAME: `runner-${number}`,
    RUNNER_DIRECTORY: join(folder, name),
    RUNNER_WORKSPACES: join(workspacesOf(folder), name),
    ...options.build,
    LOG_LEVEL: 'info',
  };
}
