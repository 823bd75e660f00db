import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@signalbox/testing';
import { Installation, root } from '../support/installation.js';
import { AuditedDatabase } from './audit.js';
import { LogReader } from './log-reader.js';
import { environmentOf, isRunning, kill, pidOfConnection } from './processes.js';
import { outside } from './publishers.js';
import type { Servers } from './servers.js';

export interface WorldOptions {
  readonly name: string;
  readonly folder: string;
  /** As of `npm run cluster -- --replicas`. */
  readonly replicas: string;
  readonly services: readonly string[];
  /** Processes that do the stages in place of services; none where the services are there. */
  readonly executors: number;
  /** The folder of an earlier build of these services, for the faults that ask for one. */
  readonly earlierBuild?: string | undefined;
}

/** The heap that Node takes in a container of docker-compose.yml, which has 512 MB; here it would see all of the machine's. */
const nodeOptions = '--max-old-space-size=256';

interface Secrets {
  topicPrefix: string;
  ports: Record<string, number>;
}

/** One cluster on the servers of the run, started and kept by its own supervisor, as an operator would have it. */
export class World {
  readonly installation: Installation;
  readonly databases: AuditedDatabase[] = [];
  log!: LogReader;
  private prefix = '';
  private executors: ChildProcess[] = [];
  private isOver = false;

  constructor(
    readonly servers: Servers,
    readonly options: WorldOptions,
  ) {
    const state = join(options.folder, options.name);
    mkdirSync(state, { recursive: true });
    this.installation = new Installation(['--cluster', '--no-demo', '--replicas', options.replicas], state, {
      POSTGRES_URL: servers.proxiedPostgresUrl,
      KAFKA_BROKERS: servers.proxiedBrokers.join(','),
      EVENT_SOURCES: `${outside.name}=${outside.prefix}`,
      NODE_OPTIONS: nodeOptions,
    });
  }

  async start(): Promise<void> {
    this.installation.start();
    await this.installation.ready();
    this.prefix = this.secrets.topicPrefix;
    this.log = new LogReader(this.servers.proxiedBrokers, this.prefix);
    for (const service of this.options.services) this.databases.push(this.audited(service));
    if (this.options.executors > 0) await this.startExecutors();
    for (const database of this.databases) await database.install();
  }

  /** Else it would be the machine's memory that a process is measured with. */
  demandHeap(): void {
    const [pid] = this.replicas('gateway');
    const given = pid === undefined ? undefined : environmentOf(pid)['NODE_OPTIONS'];
    if (given !== nodeOptions) throw new Error(`the gateway has NODE_OPTIONS=${given}, not ${nodeOptions}`);
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.executors.map(({ pid }) => pid && kill(pid)));
    // Whoever has given the folder removes it, or keeps it with its logs.
    await this.installation.end();
  }

  /** While this file is there, executors take their time over each event. */
  get sleepFile(): string {
    return join(this.installation.state, 'executors-sleep');
  }

  /** Who does the stages of releases, and tells planning of it. */
  get doers(): readonly string[] {
    const { services, executors } = this.options;
    return executors > 0
      ? ['executors']
      : services.filter((name) => !['gateway', 'planning', 'feedback'].includes(name));
  }

  /** While this file is there, executors meet requests of the application `faulty` with a fault of the program. */
  get faultFile(): string {
    return join(this.installation.state, 'executors-are-faulty');
  }

  /** Every process that keeps its state elsewhere: whichever is killed, nothing may be lost. */
  replicas(...apps: string[]): number[] {
    const wanted = apps.length > 0 ? apps : [...this.options.services, 'runner', 'executors'];
    const ofExecutors = wanted.includes('executors') ? this.executors.flatMap(({ pid }) => pid ?? []) : [];
    const isWanted = (command: string) => wanted.some((app) => command.includes(`/apps/${app}/dist/bundle/main.js`));
    const running = this.installation.processes().filter(({ command }) => isWanted(command));
    return [...running.map(({ pid }) => pid), ...ofExecutors].filter(isRunning);
  }

  /** Every process of ours, also those that keep state; not the applications that are released. */
  members(): { name: string; pid: number }[] {
    const found = this.installation.processes().flatMap(({ pid, command }) => {
      const name = /\/apps\/([a-z-]+)\/dist\/bundle\/main\.js/.exec(command)?.[1];
      return name === undefined ? [] : [{ name, pid }];
    });
    const supervisor = this.installation.pid;
    return [
      ...found,
      ...this.executors.flatMap(({ pid }) => (pid === undefined ? [] : [{ name: 'executors', pid }])),
      ...(supervisor === undefined ? [] : [{ name: 'supervisor', pid: supervisor }]),
    ];
  }

  /** Who sends a service's outbox, by the lock that says so. */
  async outboxOwner(service: string): Promise<number | undefined> {
    const [row] = await this.database(service).query<{ client_port: number }>(
      `SELECT client_port FROM pg_locks JOIN pg_stat_activity USING (pid)
       WHERE locktype = 'advisory' AND granted AND application_name = 'relay-' || $1`,
      [service],
    );
    const link = row && this.servers.postgresProxy.find(row.client_port);
    return link && pidOfConnection(link.clientPort, this.servers.postgresProxy.port);
  }

  /** One more process of a service, with variables of its own beside those of its siblings, if need be of another build. */
  async join(service: string, variables: Record<string, string>, build = root): Promise<ChildProcess> {
    const [sibling] = this.replicas(service);
    if (sibling === undefined) throw new Error(`no process of ${service} runs`);
    const mirrors = join(this.installation.state, `mirrors-of-a-guest-${Date.now()}`);
    const guest = spawn(process.execPath, [join(build, 'apps', service, 'dist', 'bundle', 'main.js')], {
      env: { ...environmentOf(sibling), PORT: '0', MIRROR_DIRECTORY: mirrors, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.keepOutput(guest, `guest-of-${service}`);
    return guest;
  }

  /** The name of a topic or a consumer group of this cluster. */
  prefixed(name: string): string {
    return this.prefix + name;
  }

  database(service: string): AuditedDatabase {
    const found = this.databases.find((database) => database.service === service);
    if (!found) throw new Error(`no database of ${service}`);
    return found;
  }

  /**
   * Resolves when everything that was committed has been sent and heard by everybody, and no release goes on, also none that
   * nobody has waited for.
   * @param withinMs how long it may stay as much as it is
   */
  async settled(withinMs: number): Promise<void> {
    for (let least = Infinity; least > 0;) {
      const fewer = async () => {
        const now = await this.underWay();
        return now < least && { now };
      };
      const what = 'outboxes to be empty, everything to be read, and releases to end';
      ({ now: least } = await eventually(fewer, { withinMs, everyMs: 200, what: `${what} (${least} were left)` }));
    }
  }

  private async underWay(): Promise<number> {
    const waiting = await Promise.all(this.databases.map((database) => database.outboxRows(1_000)));
    const [row] = await this.database('planning').query<{ count: number }>(
      "SELECT count(*)::int FROM release WHERE status IN ('planned', 'running')",
    );
    const lag = await this.log.lagOf(this.databases.map(({ service }) => service));
    return waiting.reduce((sum, rows) => sum + rows, lag + (row?.count ?? 0));
  }

  private get secrets(): Secrets {
    const file = join(this.installation.state, 'kafka', 'secrets', 'installation.json');
    return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
  }

  private databaseName(service: string): string {
    return this.prefix.replace('.', '_') + service;
  }

  private audited(service: string): AuditedDatabase {
    return new AuditedDatabase(service, () => this.servers.postgres.url(this.databaseName(service)));
  }

  private async startExecutors(): Promise<void> {
    await this.servers.postgres.createDatabase(this.databaseName('executors'));
    const url = new URL(this.servers.postgres.url(this.databaseName('executors')));
    url.port = String(this.servers.postgresProxy.port);
    const options = JSON.stringify({
      databaseUrl: url.toString(),
      brokers: this.servers.proxiedBrokers,
      topicPrefix: this.prefix,
      faultFile: this.faultFile,
      sleepFile: this.sleepFile,
    });
    const started = Array.from({ length: this.options.executors }, (_, index) => this.keepExecutor(index, options));
    await Promise.all(started);
    this.databases.push(this.audited('executors'));
  }

  /** Resolves when it is ready; starts another one whenever it has ended. */
  private keepExecutor(index: number, options: string): Promise<void> {
    return new Promise((resolve) => {
      const script = join(import.meta.dirname, 'executors.ts');
      const child = spawn(process.execPath, ['--no-warnings', script, options], { stdio: ['ignore', 'pipe', 'pipe'] });
      this.executors[index] = child;
      this.keepOutput(child, `executors-${index + 1}`);
      child.stdout?.on('data', (text) => String(text).includes('ready') && resolve());
      child.once('exit', () => {
        if (!this.isOver) setTimeout(() => void this.keepExecutor(index, options).then(resolve), 500);
      });
    });
  }

  private keepOutput(child: ChildProcess, name: string): void {
    const file = join(this.installation.state, `${name}.log`);
    writeFileSync(file, '', { flag: 'a' });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => appendFileSync(file, String(text)));
  }
}
