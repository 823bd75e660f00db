import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface JvmKafkaOptions {
  /** Holds the jars, see `fetchKafkaJars`. */
  readonly libDir: string;
  /** Kept between starts: the log and the ports. */
  readonly dataDir: string;
  /** Further variables of its environment; they can tell an operator whose broker it is. */
  readonly variables?: Readonly<Record<string, string>>;
  /** What differs in server.properties, given what would be in it. */
  readonly adjust?: (properties: Readonly<Record<string, string>>) => Record<string, string>;
  /** Further arguments of `kafka-storage format`: users of SASL/SCRAM, who must be there before anybody can log in. */
  readonly formatArguments?: readonly string[];
}

interface Ports {
  broker: number;
  controller: number;
}

const startWithinMs = 60_000;
const memory = ['-Xmx512m', '-XX:TieredStopAtLevel=1'];

/** A single Kafka broker from jars, as a process that outlives the one that started it. */
export class JvmKafka {
  private constructor(
    readonly pid: number,
    private readonly ports: Ports,
  ) {}

  /** Adopts a broker that still runs on the data folder, else starts one. */
  static async start(options: JvmKafkaOptions): Promise<JvmKafka> {
    const { libDir, dataDir, variables, adjust = (same) => ({ ...same }), formatArguments = [] } = options;
    await mkdir(dataDir, { recursive: true });
    const ports = await choosePorts(dataDir);
    const properties = join(dataDir, 'server.properties');
    const orphan = await runningPid(dataDir, properties);
    if (orphan !== undefined && (await listens(ports.broker, () => isAlive(orphan))))
      return new JvmKafka(orphan, ports);
    await writeFile(properties, textOf(adjust(propertiesOf(ports, join(dataDir, 'log')))));
    await format(libDir, dataDir, properties, formatArguments);
    const output = await open(join(dataDir, 'broker.log'), 'a');
    const child = spawn('java', [...memory, '-cp', join(libDir, '*'), 'kafka.Kafka', properties], {
      cwd: dataDir,
      stdio: ['ignore', output.fd, output.fd],
      env: { ...process.env, ...variables },
      detached: true,
    });
    await output.close();
    const pid = await pidOf(child);
    await writeFile(pidFile(dataDir), String(pid));
    const broker = new JvmKafka(pid, ports);
    if (await listens(ports.broker, () => child.exitCode === null && child.signalCode === null)) return broker;
    const ended = !broker.isRunning();
    await broker.stop();
    throw new Error(`Kafka ${ended ? 'ended at its start' : 'does not listen'}; see ${join(dataDir, 'broker.log')}`);
  }

  /** Where it listens. */
  get port(): number {
    return this.ports.broker;
  }

  get brokers(): string[] {
    return [`127.0.0.1:${this.ports.broker}`];
  }

  isRunning(): boolean {
    return isAlive(this.pid);
  }

  /** Asks it to stop, and after ten seconds ends it. */
  async stop(): Promise<void> {
    for (const [signal, withinMs] of [
      ['SIGTERM', 10_000],
      ['SIGKILL', 5_000],
    ] as const) {
      if (!this.isRunning()) return;
      process.kill(this.pid, signal);
      const deadline = Date.now() + withinMs;
      while (this.isRunning() && Date.now() < deadline) await pause(20);
    }
  }
}

async function pidOf(child: ChildProcess): Promise<number> {
  if (child.pid !== undefined) return child.pid;
  const [error] = (await once(child, 'error')) as [Error];
  throw error;
}

function pidFile(dataDir: string): string {
  return join(dataDir, 'broker.pid');
}

/** The broker that an earlier run has left on this data folder. */
async function runningPid(dataDir: string, properties: string): Promise<number | undefined> {
  const pid = Number(await readFile(pidFile(dataDir), 'utf8').catch(() => 0));
  if (!(pid > 0) || !isAlive(pid)) return undefined;
  // After a reboot the number may be another program's.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => properties);
  return command.includes(properties) ? pid : undefined;
}

/** Waits until the broker takes connections; false when it has ended, or does not in time. */
async function listens(port: number, isAlive: () => boolean): Promise<boolean> {
  const deadline = Date.now() + startWithinMs;
  while (isAlive() && Date.now() < deadline) {
    if (await accepts(port)) return true;
    await pause(50);
  }
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Combined broker and controller on the loopback address only. */
function propertiesOf(ports: Ports, logDir: string): Record<string, string> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${ports.controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${ports.broker},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${ports.broker},CONTROLLER://127.0.0.1:${ports.controller}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': logDir,
    'auto.create.topics.enable': 'false',
    'default.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
  };
}

function textOf(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

async function format(libDir: string, dataDir: string, properties: string, more: readonly string[]): Promise<void> {
  if (await exists(join(dataDir, 'log', 'meta.properties'))) return;
  const clusterId = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
  // An id may begin with a dash, which only `=` keeps from being taken for an option.
  const args = [
    '-cp',
    join(libDir, '*'),
    'kafka.tools.StorageTool',
    'format',
    '--standalone',
    `--cluster-id=${clusterId}`,
    ...more,
  ];
  await promisify(execFile)('java', [...memory, ...args, '-c', properties], { cwd: dataDir });
}

/** The ports of the first start: clients may have kept the broker's, and the controller's is part of what was formatted. */
async function choosePorts(dataDir: string): Promise<Ports> {
  const file = join(dataDir, 'ports.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const kept = text === undefined ? undefined : (JSON.parse(text) as Ports);
  if (kept) return kept;
  const ports = { broker: await freePort(), controller: await freePort() };
  await writeFile(file, JSON.stringify(ports));
  return ports;
}

async function exists(file: string): Promise<boolean> {
  return (await readFile(file).catch(() => undefined)) !== undefined;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
