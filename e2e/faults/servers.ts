import { join } from 'node:path';
import { fetchKafkaJars, JvmKafka } from '@signalbox/messaging/jvm-kafka';
import { EmbeddedPostgresServer } from '@signalbox/persistence/postgres-server';
import { eventually } from '@signalbox/testing';
import { root } from '../support/installation.js';
import { childrenOf, isRunning } from './processes.js';
import { Proxy } from './proxy.js';
import { Transcript } from './transcript.js';
import { KafkaFraming } from './wire.js';

/** A PostgreSQL and a Kafka, each behind a proxy that the services go through and the harness does not. */
export class Servers {
  /** What clients say to PostgreSQL. */
  readonly transcript = new Transcript();

  private constructor(
    private readonly folder: string,
    readonly libDir: string,
    readonly postgresProxy: Proxy,
    readonly kafkaProxy: Proxy,
    private database: EmbeddedPostgresServer,
    private log: JvmKafka,
  ) {}

  static async start(folder: string): Promise<Servers> {
    const libDir = await fetchKafkaJars(join(root, 'deploy', 'kafka'));
    const ports = { postgres: 0, kafka: 0 };
    const postgresProxy = await Proxy.start({
      target: () => ports.postgres,
      hear: (link, bytes) => started.transcript.hear(link, bytes),
    });
    const kafkaProxy = await Proxy.start({ target: () => ports.kafka, framing: () => new KafkaFraming() });
    const started: Servers = new Servers(
      folder,
      libDir,
      postgresProxy,
      kafkaProxy,
      await EmbeddedPostgresServer.start({ dataDir: join(folder, 'postgres') }),
      await JvmKafka.start({ libDir, dataDir: join(folder, 'kafka'), adjust: foundAt(kafkaProxy) }),
    );
    Object.defineProperties(ports, {
      postgres: { get: () => started.postgres.port },
      kafka: { get: () => started.kafka.port },
    });
    return started;
  }

  get postgres(): EmbeddedPostgresServer {
    return this.database;
  }

  get kafka(): JvmKafka {
    return this.log;
  }

  /** Of the server's administrator, as services reach it. */
  get proxiedPostgresUrl(): string {
    const url = new URL(this.postgres.url('postgres'));
    url.port = String(this.postgresProxy.port);
    return url.toString();
  }

  get proxiedBrokers(): string[] {
    return [`127.0.0.1:${this.kafkaProxy.port}`];
  }

  async endKafka(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    process.kill(this.kafka.pid, signal);
    await eventually(() => !this.kafka.isRunning(), { withinMs: 30_000, what: `Kafka to end at ${signal}` });
  }

  async startKafka(): Promise<void> {
    const { libDir } = this;
    const dataDir = join(this.folder, 'kafka');
    this.log = await JvmKafka.start({ libDir, dataDir, adjust: foundAt(this.kafkaProxy) });
  }

  /** By default as `pg_ctl stop -m immediate` does: no checkpoint, no good-bye. Killed, its sessions find out by themselves. */
  async crashPostgres(signal: 'SIGQUIT' | 'SIGKILL' = 'SIGQUIT'): Promise<void> {
    // What is left of them holds the memory that the next server wants.
    const sessions = childrenOf(this.postgres.pid);
    process.kill(this.postgres.pid, signal);
    const isOver = () => !this.postgres.isRunning() && !sessions.some(isRunning);
    await eventually(isOver, { withinMs: 30_000, what: 'PostgreSQL to end' });
  }

  async startPostgres(): Promise<void> {
    this.database = await EmbeddedPostgresServer.start({ dataDir: join(this.folder, 'postgres') });
  }

  /** Whatever was done to them, both run and both proxies hand everything on. */
  async heal(): Promise<void> {
    if (!this.postgres.isRunning()) await this.startPostgres();
    if (!this.kafka.isRunning()) await this.startKafka();
    this.postgresProxy.heal();
    this.kafkaProxy.heal();
  }

  async stop(): Promise<void> {
    await Promise.all([this.kafka.stop(), this.postgres.stop()]);
    await Promise.all([this.kafkaProxy.stop(), this.postgresProxy.stop()]);
  }
}

/** Settings of a broker that tells its clients to come through a proxy. */
function foundAt({ port }: Proxy) {
  return (properties: Readonly<Record<string, string>>) => ({
    ...properties,
    'advertised.listeners': (properties['advertised.listeners'] ?? '').replace(/^(PLAINTEXT:.*?:)\d+/, `$1${port}`),
  });
}
