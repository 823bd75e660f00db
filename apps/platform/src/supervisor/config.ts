import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { eventSources, limits, readConfig } from '@signalbox/domain';
import { readTracing } from '@signalbox/messaging/otel';
import { z } from 'zod';
import { buildOf } from './build.js';
import type { Build } from './build.js';
import { demandOnce, namedCounts, replicaCounts, replicated, replicatedName } from './replica-counts.js';
import type { ReplicatedName } from './replica-counts.js';
import { UsageError } from './usage-error.js';

export { UsageError };

/** How `npm start` and `npm run cluster` were asked to run. */
export interface LaunchOptions {
  mode: 'embedded' | 'cluster';
  kafka: boolean;
  demo: 'first' | 'only' | 'never';
  /** Processes of each service and of the runner; more than one only in the cluster. */
  replicas: Record<ReplicatedName, number>;
  /** Each process has a port of its own beside its service's, so that others can join it: where the system can do that. */
  sharesPorts: boolean;
  /** The checkout, and the state folder in it. */
  root: string;
  state: string;
  kafkaBrokers: string[] | undefined;
  /** A PostgreSQL to use in place of our own; its role may create databases and roles. */
  postgresUrl: string | undefined;
  /** How given brokers are reached and what topics are to be like: `KAFKA_TLS_CA_FILE`, …; of our own: how many partitions. */
  kafkaVariables: Record<string, string>;
  /** Who outside may send events, `EVENT_SOURCES` as it was given. */
  eventSources: string | undefined;
  path: string;
  build: Build;
  /** When the user's command began, in milliseconds since 1970. */
  beganAt: number;
  /** What children may know of our environment: proxies, certificates, registries. */
  passedOn: Record<string, string>;
  /** Limits of services and runners, as they were given. */
  limits: { services: Record<string, string>; runner: Record<string, string> };
  /** OpenTelemetry's, for every process; each names itself. */
  tracing: Record<string, string>;
}

const passedOnNames =
  /^(HOME|LANG|LC_ALL|TZ|TMPDIR|NODE_OPTIONS|(HTTPS?|NO|ALL)_PROXY|(https?|no|all)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|npm_config_(registry|proxy|https_proxy|cafile|userconfig)|NPM_CONFIG_[A-Z_]+|PIP_[A-Z_]+|GIT_SSL_CAINFO|GIT_SSH_COMMAND|SSH_AUTH_SOCK|DEMO_[A-Z_]+|OTEL_(?!SERVICE_NAME$)[A-Z_]+)$/;

/** What a command in another terminal wants of a cluster that runs: a path of its control each, in this order. */
export type Wish = readonly string[];

/** `npm run cluster -- restart NAME …` or `-- scale NAME=COUNT …`; undefined when it is no such command. */
export function wishOf(args: readonly string[]): Wish | undefined {
  const [command, ...wanted] = args.filter((arg) => arg !== '--cluster');
  if (command !== 'restart' && command !== 'scale') return undefined;
  if (wanted.length === 0)
    throw new UsageError(
      `${command} what? ${replicated.map((name) => name + (command === 'scale' ? '=2' : '')).join(', ')}`,
    );
  if (command === 'restart') {
    const names = wanted.map(replicatedName);
    demandOnce(names);
    return names.map((name) => `restarts/${name}`);
  }
  const counts = namedCounts(wanted.flatMap((text) => text.split(',')));
  return counts.map(([name, count]) => `scales/${name}/${count}`);
}

export function readLaunchOptions(args: readonly string[], variables: NodeJS.ProcessEnv, root: string): LaunchOptions {
  const flags = flagsOf(args);
  const { cluster } = flags;
  const kafka = cluster || flags.kafka;
  if (flags.replicas !== undefined && !cluster)
    throw new UsageError('--replicas is for npm run cluster: npm start runs all services in one process');
  const brokers = variables['KAFKA_BROKERS'];
  return {
    mode: cluster ? 'cluster' : 'embedded',
    kafka,
    demo: flags['demo-only'] ? 'only' : flags['no-demo'] ? 'never' : 'first',
    replicas: replicaCounts(flags.replicas),
    sharesPorts: cluster && process.platform === 'linux',
    root,
    state: resolve(variables['SIGNALBOX_STATE'] || `${root}/.signalbox`),
    kafkaBrokers: brokers ? brokers.split(',') : undefined,
    postgresUrl: postgresUrlOf(variables['POSTGRES_URL']),
    eventSources: eventSourcesOf(variables['EVENT_SOURCES']),
    path: withoutPackageBinaries(variables['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'),
    build: buildOf(root),
    beganAt: Number(variables['SIGNALBOX_BEGAN'] ?? Date.now()),
    kafkaVariables: kafka ? kafkaVariablesOf(variables) : {},
    passedOn: chosen(variables, passedOnNames),
    limits: limitsOf(variables),
    tracing: tracingOf(variables),
  };
}

/** Of a Kafka of our own only how many partitions a topic has: how it is reached we know. */
function kafkaVariablesOf(variables: NodeJS.ProcessEnv): Record<string, string> {
  return chosen(variables, variables['KAFKA_BROKERS'] ? /^KAFKA_(?!BROKERS$)/ : /^KAFKA_TOPIC_PARTITIONS$/);
}

function chosen(variables: NodeJS.ProcessEnv, names: RegExp): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter(
      (entry): entry is [string, string] => names.test(entry[0]) && entry[1] !== undefined && entry[1] !== '',
    ),
  );
}

function flagsOf(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const options = {
    kafka: flag,
    'demo-only': flag,
    'no-demo': flag,
    cluster: flag,
    replicas: { type: 'string' },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch {
    const known = Object.keys(options).map((name) => `--${name}`);
    const unknown = args.find((arg) => !known.includes(arg.split('=')[0] ?? ''));
    const valued = args.find((arg) => arg.includes('=') && !arg.startsWith('--replicas='))?.split('=')[0];
    if (!unknown && valued) throw new UsageError(`${valued} takes no value`);
    if (!unknown && args.includes('--replicas'))
      throw new UsageError('--replicas takes SERVICE=N,… or N: --replicas planning=2, --replicas 2');
    throw new UsageError(`unknown argument ${unknown ?? args.join(' ')}; there are ${known.join(', ')}`);
  }
}

function postgresUrlOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (URL.canParse(text) && /^postgres(?:ql)?:$/.test(new URL(text).protocol)) return text;
  throw new UsageError('POSTGRES_URL is no address of a PostgreSQL\nfix: postgres://ROLE:PASSWORD@HOST:PORT');
}

/** Told here, in one sentence, rather than by each service in its log. */
function eventSourcesOf(text: string | undefined): string | undefined {
  const { error } = eventSources.safeParse(text);
  if (error) throw new UsageError(`EVENT_SOURCES: ${error.issues.map(({ message }) => message).join('; ')}`);
  return text || undefined;
}

/** Likewise: the host would be started again and again with what it cannot use. */
function tracingOf(variables: NodeJS.ProcessEnv): Record<string, string> {
  try {
    readTracing(variables);
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nfix: docs/operations/traces.md lists what there is`);
  }
  return chosen(variables, /^OTEL_(?!SERVICE_NAME$)/);
}

/** Likewise. */
function limitsOf(variables: NodeJS.ProcessEnv): LaunchOptions['limits'] {
  try {
    readConfig(z.object(limits), variables);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  return {
    services: chosen(variables, /^(RATE_LIMIT|DATABASE_POOL)$/),
    runner: chosen(variables, /^RUNNER_CONCURRENCY$/),
  };
}

/** Steps and released applications must not find our own tools before the machine's. */
function withoutPackageBinaries(path: string): string {
  return path
    .split(':')
    .filter((folder) => !/node_modules\/\.bin\/?$|node-gyp-bin\/?$/.test(folder))
    .join(':');
}
