import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchKafkaJars, JvmKafka, missingForJvmKafka } from '@signalbox/messaging/jvm-kafka';
import { EmbeddedPostgresServer } from '@signalbox/persistence/postgres-server';
import type { LaunchOptions } from './config.js';
import type { ReplicatedName } from './replica-counts.js';
import { UsageError } from './usage-error.js';
import { isAlive, signal, SupervisedChild } from './child.js';
import type { ChildOptions } from './child.js';
import { Databases } from './databases.js';
import { HeldPorts } from './held-ports.js';
import { KeptServer } from './kept-server.js';
import { replicasOf, variablesOfReplica } from './replica.js';
import type { Replica } from './replica.js';
import { addReplicaPort, openInstallation, serviceNames } from './installation.js';
import type { Installation, ServiceName } from './installation.js';
import { removeScrapeTargets, scrapeTargets, writeScrapeTargets } from './scrape-targets.js';
import { processesWith, readLive, writeRecord } from './process-record.js';
import { hostVariables, runnerVariables, serviceVariables } from './variables.js';

const readyWithinMs = 60_000;
const graceMs = 12_000;
/** Twice the longest stopTimeout, once for open requests and once for the processes, and some more. */
const hostGraceMs = 11 * 60_000;
const patienceMs = 3_000;

/** Ends a start that was told to stop; nobody is told of it. */
export class InterruptedError extends Error {}

/** Everything one start runs: PostgreSQL, the broker, host, runner, and the platform or each service alone. */
export class Supervisor {
  private readonly children: SupervisedChild[] = [];
  private readonly ports = new HeldPorts();
  private kafka: KeptServer<JvmKafka> | undefined;
  private postgres: KeptServer<EmbeddedPostgresServer> | undefined;
  private starting: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;
  private isHalted = false;
  private isRecorded = false;
  installation!: Installation;
  private variables: Record<string, Record<string, string>> = {};
  /** How many of each there are to be now. */
  private readonly replicas: LaunchOptions['replicas'];

  constructor(
    private readonly options: LaunchOptions,
    /** One folder per kind of broker: offsets and topics of one mean nothing to the other. */
    readonly folder: string,
    private readonly say: (line: string) => void,
  ) {
    this.replicas = { ...options.replicas };
  }

  /** Resolves when everything answers as ready; rejects with InterruptedError when it was stopped before. */
  start(): Promise<void> {
    this.starting = this.begin();
    return this.starting;
  }

  private async begin(): Promise<void> {
    await this.refuseSecondStart();
    await mkdir(join(this.folder, 'logs'), { recursive: true });
    const host = await readLive(this.hostRecord);
    const replicas = this.sharing().map(({ name }) => name);
    const hasHost = (owner: string) => owner === 'host' && host !== undefined;
    this.installation = await openInstallation(this.folder, replicas, this.ports, hasHost);
    const jars = await this.kafkaJars();
    this.goOn();
    const [postgres, kafkaBrokers] = await Promise.all([
      this.options.postgresUrl === undefined ? this.startPostgres() : undefined,
      jars === undefined ? this.givenBrokers() : this.startKafka(jars),
    ]);
    this.goOn();
    const databases = Databases.of(this.installation, postgres, this.options.postgresUrl);
    await databases.prepare();
    this.variables = serviceVariables(this.options, this.folder, this.installation, { databases, kafkaBrokers });
    this.goOn();
    this.startHost(host?.pid);
    if (this.options.mode === 'cluster') this.startServices();
    else await this.startPlatform();
    this.goOn();
    for (const replica of replicasOf('runner', this.replicas.runner)) this.startReplica(replica);
    // From here on it is worth an alarm when one of them does not answer.
    await this.tellTargets();
    await Promise.all(this.children.map((child) => child.ready(readyWithinMs)));
    this.goOn();
  }

  private goOn(): void {
    if (this.isHalted) throw new InterruptedError('stopped while starting');
  }

  get gatewayUrl(): string {
    return `http://localhost:${this.installation.ports.gateway}`;
  }

  /** Stops everything, the youngest first; resolves when no process is left. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    this.isHalted = true;
    if (this.isRecorded) await removeScrapeTargets(this.folder);
    await this.stopChildren();
    // A start that is under way ends at its next step; what it has started until then is stopped too.
    await Promise.allSettled([this.starting]);
    await this.stopChildren();
    await Promise.all([this.kafka?.stop(), this.postgres?.stop()]);
    this.ports.release();
    if (!this.isRecorded) return;
    await removeScrapeTargets(this.folder);
    await rm(this.supervisorRecord, { force: true });
  }

  /** The host last: it serves users until nothing can change any more. */
  private async stopChildren(): Promise<void> {
    const [host, ...others] = this.children;
    await Promise.all(others.map((child) => child.stop(graceMs)));
    if (!host) return;
    const patience = setTimeout(
      () => this.say('released applications are ending (stopTimeout); Ctrl-C ends them at once'),
      patienceMs,
    );
    await host.stop(hostGraceMs);
    clearTimeout(patience);
    await this.endReleased();
  }

  /** What a host that had to be killed has left; one that ended by itself leaves nothing. */
  private async endReleased(): Promise<void> {
    const text = await readFile(join(this.folder, 'host', 'children.json'), 'utf8').catch(() => '[]');
    for (const { pid, deploymentId } of JSON.parse(text) as { pid: number; deploymentId: string }[]) {
      if (isAlive(pid)) signal(-pid, 'SIGKILL');
      for (const stray of await processesWith(`SIGNALBOX_DEPLOYMENT=${deploymentId}`)) signal(stray, 'SIGKILL');
    }
  }

  /** The second Ctrl-C: what still ends is killed. */
  hurry(): void {
    for (const child of this.children) child.hurry();
  }

  private async refuseSecondStart(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const other = await readLive(this.supervisorRecord);
    if (other) {
      throw new UsageError(
        `Signalbox runs already in ${this.folder}: process ${other.pid}\nfix: stop it with Ctrl-C there, or kill ${other.pid}`,
      );
    }
    await writeRecord(this.supervisorRecord, process.pid);
    this.isRecorded = true;
  }

  private startPostgres(): Promise<EmbeddedPostgresServer> {
    const dataDir = join(this.folder, 'postgres');
    const launch = () => EmbeddedPostgresServer.start({ dataDir, variables: this.marks });
    this.postgres = new KeptServer('PostgreSQL', launch, this.say);
    return this.postgres.start();
  }

  /** Where the broker's jars lie; undefined when no broker of our own is wanted. What is missing is said before anything starts. */
  private async kafkaJars(): Promise<string | undefined> {
    if (!this.options.kafka || this.options.kafkaBrokers) return undefined;
    const missing = await missingForJvmKafka();
    if (missing) {
      throw new UsageError(
        `a Kafka of our own needs ${missing}\nfix: install ${missing} (Debian: apt-get install openjdk-17-jre-headless maven), or set KAFKA_BROKERS`,
      );
    }
    return fetchKafkaJars(join(this.options.root, 'deploy', 'kafka'));
  }

  private givenBrokers(): string[] | undefined {
    return this.options.kafka ? this.options.kafkaBrokers : undefined;
  }

  private async startKafka(libDir: string): Promise<string[]> {
    this.kafka = new KeptServer(
      'Kafka',
      () => JvmKafka.start({ libDir, dataDir: join(this.folder, 'kafka'), variables: this.marks }),
      this.say,
    );
    return (await this.kafka.start()).brokers;
  }

  private startHost(adopted: number | undefined): void {
    const host = this.add({
      name: 'host',
      script: 'host',
      variables: hostVariables(this.options, this.folder, this.installation),
      ports: [this.installation.ports.host],
      outlives: true,
      onStarted: (pid) => void writeRecord(this.hostRecord, pid),
    });
    if (adopted === undefined) host.start();
    else host.adopt(adopted);
  }

  private async startPlatform(): Promise<void> {
    const file = join(this.folder, 'secrets', 'services.json');
    await writeFile(file, JSON.stringify(this.variables), { mode: 0o600 });
    await chmod(file, 0o600);
    const own = { ...this.options.passedOn, PATH: this.options.path, PLATFORM_SERVICES_FILE: file };
    this.add({
      name: 'platform',
      script: 'platform',
      variables: own,
      ports: serviceNames.map((name) => this.installation.ports[name]),
      outlives: false,
    }).start();
  }

  private startServices(): void {
    for (const service of serviceNames)
      for (const replica of replicasOf(service, this.replicas[service])) this.startReplica(replica);
  }

  private startReplica(replica: Replica): SupervisedChild {
    const { service, name } = replica;
    const child =
      service === 'runner'
        ? { variables: runnerVariables(this.options, this.folder, this.installation, replica), ports: [] }
        : this.serviceChild({ ...replica, service });
    const started = this.add({ name, script: service, ...child, outlives: false });
    started.start();
    return started;
  }

  private serviceChild(replica: Replica & { service: ServiceName }): {
    variables: Record<string, string>;
    ports: number[];
  } {
    const { ports, replicaPorts } = this.installation;
    const ownPort = this.isSharing(replica.service) ? replicaPorts[replica.name] : undefined;
    const own = variablesOfReplica(this.variables[replica.service] ?? {}, replica, ownPort);
    return {
      variables: { ...this.options.passedOn, PATH: this.options.path, ...own },
      ports: [ownPort ?? ports[replica.service]],
    };
  }

  private isSharing(service: ServiceName): boolean {
    return this.options.sharesPorts || this.replicas[service] > 1;
  }

  private tellTargets(): Promise<void> {
    return writeScrapeTargets(
      this.folder,
      scrapeTargets({ ...this.options, replicas: this.replicas }, this.installation),
    );
  }

  /** Processes that share their service's port with others. */
  private sharing(): Replica[] {
    return serviceNames
      .filter((service) => this.isSharing(service))
      .flatMap((service) => replicasOf(service, this.replicas[service]));
  }

  /** One process of a service after the other, each ready before the next one stops. */
  async restart(service: ReplicatedName, tell: (line: string) => void): Promise<void> {
    const children = this.childrenOf(service);
    if (children.length === 0) throw this.noProcessOf(service);
    for (const child of children) {
      const began = Date.now();
      await child.restart(graceMs, readyWithinMs);
      if (this.isHalted) throw new Error(`Signalbox stops; ${child.name} stays down`);
      tell(`${child.name} restarted in ${secondsSince(began)}`);
    }
  }

  async scale(service: ReplicatedName, count: number, tell: (line: string) => void): Promise<void> {
    if (this.options.mode !== 'cluster') throw this.noProcessOf(service);
    if (service !== 'runner' && count > 1 && !this.options.sharesPorts)
      throw new UsageError('several processes on one port are for Linux: start with --replicas');
    const before = this.childrenOf(service);
    this.replicas[service] = count;
    for (const child of before.slice(count).toReversed()) {
      const began = Date.now();
      this.children.splice(this.children.indexOf(child), 1);
      await child.stop(graceMs);
      tell(`${child.name} stopped in ${secondsSince(began)}`);
    }
    for (const replica of replicasOf(service, count).slice(before.length)) {
      this.goOn();
      const began = Date.now();
      if (service !== 'runner' && this.options.sharesPorts)
        await addReplicaPort(this.folder, this.installation, replica.name, this.ports);
      const child = this.startReplica(replica);
      await child.ready(readyWithinMs);
      if (this.isHalted) throw new Error(`Signalbox stops; ${child.name} stays down`);
      tell(`${child.name} ready in ${secondsSince(began)}`);
    }
    await this.tellTargets();
    tell(`${service}: ${count} process${count === 1 ? '' : 'es'}`);
  }

  private childrenOf(service: ReplicatedName): SupervisedChild[] {
    const names = new Set(replicasOf(service, this.replicas[service]).map(({ name }) => name));
    return this.children.filter((child) => names.has(child.name));
  }

  private noProcessOf(service: ReplicatedName): UsageError {
    const where = this.options.mode === 'cluster' ? 'there is none (--replicas)' : 'it runs in platform';
    return new UsageError(`${service} is no process of its own here: ${where}`);
  }

  private add(
    child: Pick<ChildOptions, 'name' | 'variables' | 'outlives' | 'onStarted'> & { script: string; ports: number[] },
  ): SupervisedChild {
    const { script, ports, ...more } = child;
    const supervised = new SupervisedChild({
      ...more,
      variables: { ...child.variables, ...this.marks },
      command: [process.execPath, join(this.options.root, 'apps', script, 'dist', 'bundle', 'main.js')],
      logFile: join(this.folder, 'logs', `${child.name}.log`),
      readyUrls: ports.map((port) => `http://127.0.0.1:${port}/health/ready`),
      onDeath: (dead, how) => this.say(`${dead.name} died (${how}); starting it again`),
    });
    this.children.push(supervised);
    return supervised;
  }

  /** Tells an operator, and us, which installation a process belongs to. */
  private get marks(): Record<string, string> {
    return { SIGNALBOX_INSTALLATION: this.folder };
  }

  private get hostRecord(): string {
    return join(this.folder, 'host.pid');
  }

  private get supervisorRecord(): string {
    return join(this.folder, 'supervisor.pid');
  }
}

function secondsSince(began: number): string {
  return `${((Date.now() - began) / 1000).toFixed(1)}s`;
}
