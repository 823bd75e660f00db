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
import { openInstallation, serviceNames } from './installation.js';
import type { Installation } from './installation.js';
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

  constructor(
    private readonly options: LaunchOptions,
    /** One folder per kind of broker: offsets and topics of one mean nothing to the other. */
    readonly folder: string,
    private readonly say: (line: string) => void,
  ) {}

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
    const variables = serviceVariables(this.options, this.folder, this.installation, { databases, kafkaBrokers });
    this.goOn();
    this.startHost(host?.pid);
    if (this.options.mode === 'cluster') this.startServices(variables);
    else await this.startPlatform(variables);
    this.goOn();
    this.startRunners();
    // From here on it is worth an alarm when one of them does not answer.
    await writeScrapeTargets(this.folder, scrapeTargets(this.options, this.installation));
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

  private startRunners(): void {
    for (const replica of replicasOf('runner', this.options.replicas.runner)) {
      const variables = runnerVariables(this.options, this.folder, this.installation, replica);
      this.add({ name: replica.name, script: 'runner', variables, ports: [], outlives: false }).start();
    }
  }

  private async startPlatform(variables: Record<string, Record<string, string>>): Promise<void> {
    const file = join(this.folder, 'secrets', 'services.json');
    await writeFile(file, JSON.stringify(variables), { mode: 0o600 });
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

  private startServices(variables: Record<string, Record<string, string>>): void {
    for (const service of serviceNames) {
      for (const replica of replicasOf(service, this.options.replicas[service])) {
        const ownPort = this.options.replicas[service] > 1 ? this.installation.replicaPorts[replica.name] : undefined;
        const own = variablesOfReplica(variables[service] ?? {}, { ...replica, service }, ownPort);
        this.add({
          name: replica.name,
          script: service,
          variables: { ...this.options.passedOn, PATH: this.options.path, ...own },
          ports: [ownPort ?? this.installation.ports[service]],
          outlives: false,
        }).start();
      }
    }
  }

  /** Processes that share their service's port with others. */
  private sharing(): Replica[] {
    const { replicas } = this.options;
    return serviceNames
      .filter((service) => replicas[service] > 1)
      .flatMap((service) => replicasOf(service, replicas[service]));
  }

  /** One process of a service after the other, each ready before the next one stops. */
  async restart(service: ReplicatedName, tell: (line: string) => void): Promise<void> {
    const names = new Set(replicasOf(service, this.options.replicas[service]).map(({ name }) => name));
    const children = this.children.filter((child) => names.has(child.name));
    if (children.length === 0) {
      const where = this.options.mode === 'cluster' ? 'there is none (--replicas)' : 'it runs in platform';
      throw new UsageError(`${service} is no process of its own here: ${where}`);
    }
    for (const child of children) {
      const began = Date.now();
      await child.restart(graceMs, readyWithinMs);
      if (this.isHalted) throw new Error(`Signalbox stops; ${child.name} stays down`);
      tell(`${child.name} restarted in ${((Date.now() - began) / 1000).toFixed(1)}s`);
    }
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
