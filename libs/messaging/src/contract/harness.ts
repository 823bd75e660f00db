import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { EventSource } from '@signalbox/domain';
import { eventually } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { openProbe } from './probe.js';
import type { BrokerAddress, Probe, ProbeOptions } from './probe.js';

const worker = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** One test's installation: a topic prefix of its own, a database per service, and everything it must end. */
export class Harness {
  readonly topicPrefix = `t${randomBytes(4).toString('hex')}.`;
  private readonly databases = new Map<string, Promise<string>>();
  private readonly ends: (() => Promise<unknown>)[] = [];

  constructor(
    private readonly postgres: TestPostgres,
    readonly broker: BrokerAddress,
  ) {}

  /** An unstarted service in this process; the same name again is another replica of it. */
  async probe(service: string, sources: readonly EventSource[] = []): Promise<Probe> {
    const probe = await openProbe({ ...(await this.optionsOf(service)), sources });
    this.ends.push(() => probe.stop());
    return probe;
  }

  async child(service: string, more: object): Promise<Worker> {
    const child = await Worker.start({ ...(await this.optionsOf(service)), ...more });
    this.ends.push(() => child.kill());
    return child;
  }

  async optionsOf(service: string): Promise<ProbeOptions> {
    const database = this.databases.get(service) ?? this.postgres.url(service);
    this.databases.set(service, database);
    return { broker: this.broker, topicPrefix: this.topicPrefix, databaseUrl: await database, service };
  }

  async end(): Promise<void> {
    for (const end of this.ends.splice(0).toReversed()) await end();
  }
}

/** A service in a process of its own, which may be killed at any time. */
export class Worker {
  private constructor(
    private readonly child: ChildProcess,
    readonly ended: Promise<void>,
  ) {}

  static async start(options: object): Promise<Worker> {
    const child = spawn(process.execPath, ['--no-warnings', worker, JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const started = new Worker(child, new Promise((resolve) => child.once('exit', () => resolve())));
    let output = '';
    child.stdout?.on('data', (data: Buffer) => {
      output += data.toString();
    });
    await eventually(() => output.includes('ready') || child.exitCode !== null || child.signalCode !== null, {
      withinMs: 30_000,
      what: 'the worker is ready',
    });
    return started;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.child.kill(signal);
    await this.ended;
  }
}
