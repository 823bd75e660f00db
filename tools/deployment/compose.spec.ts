import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { buildCoordinatorConfig } from '@signalbox/build-coordinator';
import { deployerConfig } from '@signalbox/deployer';
import { readConfig } from '@signalbox/domain';
import { feedbackConfig } from '@signalbox/feedback';
import { gatewayConfig } from '@signalbox/gateway';
import { monitorConfig } from '@signalbox/monitor';
import { planningConfig } from '@signalbox/planning';
import { testOrchestratorConfig } from '@signalbox/test-orchestrator';
import { parse } from 'yaml';
import { imageApps } from '../build/image-apps.mjs';

interface Service {
  build?: { args: { APP: string } };
  command?: string[];
  networks?: string[];
  environment?: Record<string, string>;
  secrets?: string[];
  depends_on?: Record<string, { condition: string }>;
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  restart?: string;
  stop_grace_period?: string;
  volumes?: string[];
  healthcheck?: { test?: string[] };
  deploy?: { resources: { limits: { cpus?: string; memory?: string; pids?: number } } };
}
interface Compose {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
}

const root = join(import.meta.dirname, '..', '..');
const docker = join(root, 'deploy', 'docker');
const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as Compose;
const configs = {
  gateway: gatewayConfig,
  planning: planningConfig,
  'build-coordinator': buildCoordinatorConfig,
  'test-orchestrator': testOrchestratorConfig,
  deployer: deployerConfig,
  monitor: monitorConfig,
  feedback: feedbackConfig,
};
const services = Object.keys(configs);
let folder: string;

/** The secrets of a new installation, as the first command of docker-compose.yml makes them. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-compose-'));
  cpSync(join(docker, 'secrets.mjs'), join(folder, 'secrets.mjs'));
  execFileSync(process.execPath, [join(folder, 'secrets.mjs')]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const mounted = (service: string) => (compose.services[service]?.secrets ?? []).map((name) => `/run/secrets/${name}`);

/** Names of those of which something does not hold. */
const whereNot = (names: readonly string[], holds: (service: Service, name: string) => boolean) =>
  names.filter((name) => !holds(compose.services[name] ?? {}, name));

it.each(Object.entries(configs))('%s understands the variables that it is given', (name, schema) => {
  const environment = Object.entries(compose.services[name]?.environment ?? {}).map(([key, value]) => [
    key,
    value.replace(/^\/run\/secrets\//, `${folder}/secrets/`).replace(/^\$\{\w+:-(.*)\}$/, '$1'),
  ]);
  const config = readConfig(schema, Object.fromEntries(environment));
  expect(config).toMatchObject({ PORT: 8080, MIGRATE_AT_START: false, KAFKA_BROKERS: ['kafka:9092'] });
});

it('every secret that is read is mounted, and every one that is mounted is made', () => {
  const read = (service: Service) =>
    Object.values(service.environment ?? {}).filter((value) => value.startsWith('/run/secrets/'));
  const all = Object.keys(compose.services);
  expect(whereNot(all, (service, name) => read(service).every((file) => mounted(name).includes(file)))).toEqual([]);
  expect(whereNot(all, ({ secrets = [] }) => secrets.every((name) => compose.secrets[name] !== undefined))).toEqual([]);
  const made = (file: string) => readFileSync(join(folder, file.replace('./deploy/docker/', '')), 'utf8').length > 10;
  expect(Object.values(compose.secrets).filter(({ file }) => !made(file))).toEqual([]);
});

it('the databases of all services are migrated before any of them starts', () => {
  const migrated = JSON.parse(readFileSync(join(docker, 'migrate.json'), 'utf8')) as Record<
    string,
    { DATABASE_URL_FILE: string }
  >;
  expect(Object.keys(migrated)).toEqual(services);
  const same = (name: string) =>
    migrated[name]?.DATABASE_URL_FILE === compose.services[name]?.environment?.['DATABASE_URL_FILE'];
  expect(services.filter((name) => !same(name))).toEqual([]);
  expect(mounted('migrate')).toEqual(Object.values(migrated).map(({ DATABASE_URL_FILE }) => DATABASE_URL_FILE));
  const waits = ({ depends_on }: Service) => depends_on?.['migrate']?.condition === 'service_completed_successfully';
  expect(whereNot(services, waits)).toEqual([]);
});

it('every service and the migration learn of the same sources of events outside', () => {
  const told = ({ environment }: Service) => environment?.['EVENT_SOURCES'] === '${EVENT_SOURCES:-}';
  expect(whereNot([...services, 'migrate'], told)).toEqual([]);
});

it('PostgreSQL has a connection for each that nine processes of every service may want', () => {
  const pool = planningConfig.shape.DATABASE_POOL.parse(undefined);
  // One of a process is its outbox's, four of a gateway are for its limits.
  const wanted = services.length * 9 * (pool + 1) + 9 * 4;
  const [, most] = /max_connections=(\d+)/.exec(compose.services['postgres']?.command?.join(' ') ?? '') ?? [];
  expect(Number(most)).toBeGreaterThan(wanted);
  // Each is a process of its own.
  expect(compose.services['postgres']?.deploy?.resources.limits.pids).toBeGreaterThan(Number(most));
});

it('no process of ours is root or writes to its root, and each has limits of processors, memory and processes', () => {
  const foreign = ['postgres', 'kafka', 'prometheus', 'grafana'];
  const ours = Object.keys(compose.services).filter((name) => !foreign.includes(name));
  expect(ours).toHaveLength(services.length + 3);
  expect(whereNot(ours, ({ user, read_only }) => user === '1000:1000' && read_only === true)).toEqual([]);
  // Kafka's image has a user of its own, and writes beside its program.
  const readOnly = foreign.filter((name) => name !== 'kafka');
  expect(whereNot(readOnly, ({ user }) => user !== undefined && !/^(?:0|root)(?::|$)/.test(user))).toEqual([]);
  expect(whereNot(readOnly, ({ read_only }) => read_only === true)).toEqual([]);
  const everything = Object.keys(compose.services);
  expect(whereNot(everything, ({ cap_drop }) => cap_drop?.[0] === 'ALL')).toEqual([]);
  expect(whereNot(everything, ({ security_opt }) => security_opt?.[0] === 'no-new-privileges:true')).toEqual([]);
  const limited = ({ deploy }: Service) => {
    const { cpus, memory, pids } = deploy?.resources.limits ?? {};
    return Number(cpus) > 0 && memory !== undefined && pids !== undefined;
  };
  expect(whereNot(everything, limited)).toEqual([]);
  expect(whereNot(everything, ({ restart }) => restart !== undefined)).toEqual([]);
});

it('what runs the code of applications reaches neither PostgreSQL nor Kafka; each reaches whom it is told of', () => {
  const networksOf = (name: string) => compose.services[name]?.networks ?? ['default'];
  const reaches = (from: string, to: string) => networksOf(from).some((network) => networksOf(to).includes(network));
  for (const name of ['runner', 'host'])
    expect(['postgres', 'kafka', 'gateway', 'planning'].filter((other) => reaches(name, other))).toEqual([]);
  const all = Object.keys(compose.services);
  const told = ({ environment = {} }: Service) =>
    [...JSON.stringify(environment).matchAll(/https?:\/\/([a-z-]+):\d/g)].map(([, name = '']) => name);
  const scraped = readFileSync(join(root, 'deploy', 'prometheus', 'prometheus.yml'), 'utf8');
  const targets = all.filter((name) => new RegExp(`\\b${name}\\b`).test(scraped));
  expect(targets).toEqual(expect.arrayContaining([...services, 'host']));
  expect(whereNot(all, (service, name) => told(service).every((other) => reaches(name, other)))).toEqual([]);
  expect(targets.filter((name) => !reaches('prometheus', name))).toEqual([]);
  // Told by the deployer: where the store is, and where a test finds the application.
  expect([reaches('host', 'build-coordinator'), reaches('runner', 'host')]).toEqual([true, true]);
});

it('an image can be made of every app that a container has, and of no other', () => {
  const used = Object.values(compose.services).flatMap(({ build }) => build?.args.APP ?? []);
  expect(imageApps().sort()).toEqual([...new Set(used)].sort());
});

it('whatever answers requests is asked for its health', () => {
  const answersNone = [
    // ends when it has done its work, and others wait for that
    'migrate',
    // asks build-coordinator for work and listens on no port
    'runner',
  ];
  const answering = Object.keys(compose.services).filter((name) => !answersNone.includes(name));
  expect(whereNot(answering, ({ healthcheck }) => healthcheck?.test !== undefined)).toEqual([]);
  expect(whereNot(answersNone, ({ healthcheck }) => healthcheck === undefined)).toEqual([]);
});

it('nothing is killed while it may still end what it has in hand', () => {
  const seconds = ({ stop_grace_period: told = '10s' }: Service) =>
    Number.parseInt(told, 10) * (told.endsWith('m') ? 60 : 1);
  // a service takes ten seconds, the `stopTimeout` of an application is at most ten minutes
  expect(whereNot([...services, 'runner'], (service) => seconds(service) >= 20)).toEqual([]);
  expect(whereNot(['postgres', 'kafka'], (service) => seconds(service) >= 60)).toEqual([]);
  expect(whereNot(['host'], (service) => seconds(service) > 600)).toEqual([]);
});

it('what belongs to one process is shared by none that `--scale` adds', () => {
  const isOwn = ({ volumes }: Service) => volumes?.every((volume) => !volume.includes(':')) ?? true;
  const others = services.filter((name) => name !== 'build-coordinator');
  expect(whereNot([...others, 'runner'], isOwn)).toEqual([]);
  expect(compose.services['build-coordinator']?.volumes).toEqual(['store:/var/lib/signalbox']);
  expect(whereNot(['runner'], ({ environment }) => environment?.['RUNNER_NAME'] === undefined)).toEqual([]);
});
