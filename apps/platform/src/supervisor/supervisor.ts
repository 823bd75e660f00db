import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchKafkaJars, JvmKafka, missingForJvmKafka } from '@signalbox/messaging/jvm-kafka';
import { EmbeddedPostgresServer } from '@signalbox/persistence/postgres-server';
import type { LaunchOptions } from './config.js';
import type { ReplicatedName } from './replica-counts.js';
import { makeStateFolder } from './state-folder.js';
import { UsageError } from './usage-error.js';
import { signal } from './child.js';
import { Crew, serviceFlags } from './crew.js';
import { Databases } from './databases.js';
import { demandBroker } from './given-brokers.js';
import { HeldPorts } from './held-ports.js';
import { KeptServer } from './kept-server.js';
import { openInstallation, serviceNames } from './installation.js';
import type { Installation } from './installation.js';
import { removeScrapeTargets } from './scrape-targets.js';
import { graceMs, readyWithinMs, ServiceProcesses, sharingReplicas } from './service-processes.js';
import { endLeftovers } from './leftovers.js';
import { processesWith, readLive, writeRecord } from './process-record.js';
import { hostVariables, serviceVariables } from './variables.js';

/** Twice the longest stopTimeout, once for open requests and once for the processes, and some more. */
const hostGraceMs = 11 * 60_000;
const patienceMs = 3_000;

/** Ends a start that was told to stop; nobody is told of it. */
export class InterruptedError extends Error {}

/** Everything one start runs: PostgreSQL, the broker, host, runner, and the platform or each service alone. */
export class Supervisor {
  private readonly crew: Crew;
  private readonly ports = new HeldPorts();
  private kafka: KeptServer<JvmKafka> | undefined;
  private postgres: KeptServer<EmbeddedPostgresServer> | undefined;
  private starting: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;
  private isHalted = false;
  private isRecorded = false;
  installation!: Installation;
  /** Addresses of Kafka, where it is the broker. */
  brokers: readonly string[] | undefined;
  private services!: ServiceProcesses;

  constructor(
    private readonly options: LaunchOptions,
    /** One folder per kind of broker: offsets and topics of one mean nothing to the other. */
    readonly folder: string,
    private readonly say: (line: string) => void,
  ) {
    this.crew = new Crew(options.root, folder, say);
  }

  /** Resolves when everything answers as ready; rejects with InterruptedError when it was stopped before. */
  start(): Promise<void> {
    this.starting = this.begin();
    return this.starting;
  }

  private async begin(): Promise<void> {
    await this.refuseSecondStart();
    void endLeftovers(await this.crew.leftovers(), graceMs, this.say);
    await mkdir(join(this.folder, 'logs'), { recursive: true });
    const host = await readLive(this.hostRecord);
    const replicas = sharingReplicas(this.options).map(({ name }) => name);
    const hasHost = (owner: string) => owner === 'host' && host !== undefined;
    this.installation = await openInstallation(this.folder, replicas, this.ports, hasHost);
    const jars = await this.kafkaJars();
    await demandBroker(this.givenBrokers() ?? []);
    this.goOn();
    const [postgres, kafkaBrokers] = await Promise.all([
      this.options.postgresUrl === undefined ? this.startPostgres() : undefined,
      jars === undefined ? this.givenBrokers() : this.startKafka(jars),
    ]);
    this.goOn();
    this.brokers = kafkaBrokers;
    const databases = Databases.of(this.installation, postgres, this.options.postgresUrl);
    await databases.prepare();
    const { options, folder, installation, crew, ports } = this;
    const variables = serviceVariables(options, folder, installation, { databases, kafkaBrokers });
    const isHalted = () => this.isHalted;
    this.services = new ServiceProcesses({ options, folder, installation, variables, crew, ports, isHalted });
    this.goOn();
    this.startHost(host?.pid);
    if (options.mode === 'cluster') this.services.startServices();
    else await this.startPlatform(variables);
    this.goOn();
    this.services.startAll('runner');
    // From here on it is worth an alarm when one of them does not answer.
    await this.services.tellTargets();
    await crew.ready(readyWithinMs);
    this.goOn();
  }

  restart(service: ReplicatedName, tell: (line: string) => void): Promise<void> {
    return this.services.restart(service, tell);
  }

  scale(service: ReplicatedName, count: number, tell: (line: string) => void): Promise<void> {
    return this.services.scale(service, count, tell);
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
    const [host, ...others] = this.crew.all;
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
    for (const { pid, deploymentId } of await this.released()) {
      const left = await processesWith(`SIGNALBOX_DEPLOYMENT=${deploymentId}`);
      // After a reboot the number may be another program's.
      if (left.includes(pid)) signal(-pid, 'SIGKILL');
      for (const stray of left) signal(stray, 'SIGKILL');
    }
  }

  /** None where the file is not, or without its content, which is what a machine leaves that lost its power. */
  private async released(): Promise<{ pid: number; deploymentId: string }[]> {
    try {
      const text = await readFile(join(this.folder, 'host', 'children.json'), 'utf8');
      return JSON.parse(text) as { pid: number; deploymentId: string }[];
    } catch {
      return [];
    }
  }

  /** The second Ctrl-C: what still ends is killed. */
  hurry(): void {
    this.crew.hurry();
  }

  private async refuseSecondStart(): Promise<void> {
    await makeStateFolder(this.folder);
    const other = await readLive(this.supervisorRecord);
    if (other) {
      throw new UsageError(
        `Signalbox runs already in ${this.folder}: process ${other.pid}\nfix: stop it with Ctrl-C there, or kill ${other.pid}`,
      );
    }
    await writeRecord(this.supervisorRecord, process.pid);
    this.isRecorded = true;
  }

  private async startPostgres(): Promise<EmbeddedPostgresServer> {
    const dataDir = join(this.folder, 'postgres');
    // Services have been told its port: another one, later, would be nobody's.
    let port: number | undefined;
    const launch = () => EmbeddedPostgresServer.start({ dataDir, port, variables: this.crew.marks });
    this.postgres = new KeptServer('PostgreSQL', launch, this.say);
    const server = await this.postgres.start();
    ({ port } = server);
    if (server.dataDir !== dataDir)
      this.say(`PostgreSQL keeps its data in ${server.dataDir}: its user cannot enter here`);
    return server;
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
      () => JvmKafka.start({ libDir, dataDir: join(this.folder, 'kafka'), variables: this.crew.marks }),
      this.say,
    );
    return (await this.kafka.start()).brokers;
  }

  private startHost(adopted: number | undefined): void {
    const host = this.crew.add({
      name: 'host',
      script: 'host',
      variables: hostVariables(this.options, this.folder, this.installation),
      ports: [this.installation.ports.host],
      outlives: true,
      onStarted: (pid) => this.record(pid),
    });
    if (adopted === undefined) host.start();
    else host.adopt(adopted);
  }

  /** Nothing ends because of it: only who comes after a supervisor that was killed would not find the host. */
  private record(hostPid: number): void {
    writeRecord(this.hostRecord, hostPid).catch((error: unknown) =>
      this.say(`${this.hostRecord} cannot be written: ${error instanceof Error ? error.message : String(error)}`),
    );
  }

  private async startPlatform(variables: Record<string, Record<string, string>>): Promise<void> {
    const file = join(this.folder, 'secrets', 'services.json');
    await writeFile(file, JSON.stringify(variables), { mode: 0o600 });
    await chmod(file, 0o600);
    const own = { ...this.options.passedOn, PATH: this.options.path, PLATFORM_SERVICES_FILE: file };
    this.crew
      .add({
        name: 'platform',
        script: 'platform',
        flags: serviceFlags,
        variables: own,
        ports: serviceNames.map((name) => this.installation.ports[name]),
        outlives: false,
      })
      .start();
  }

  private get hostRecord(): string {
    return join(this.folder, 'host.pid');
  }

  private get supervisorRecord(): string {
    return join(this.folder, 'supervisor.pid');
  }
}
