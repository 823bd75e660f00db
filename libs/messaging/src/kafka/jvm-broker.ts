import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface JvmKafkaOptions {
  /** Holds the jars, see `fetchKafkaJars`. */
  readonly libDir: string;
  /** Kept between starts: the log and the ports. */
  readonly dataDir: string;
}

interface Ports {
  broker: number;
  controller: number;
}

const startWithinMs = 60_000;
const memory = ['-Xmx512m', '-XX:TieredStopAtLevel=1'];

/** A single Kafka broker as a child process, from jars. It ends with its parent's `stop`, not by itself. */
export class JvmKafka {
  private constructor(
    private readonly child: ChildProcess,
    private readonly ports: Ports,
  ) {}

  static async start({ libDir, dataDir }: JvmKafkaOptions): Promise<JvmKafka> {
    await mkdir(dataDir, { recursive: true });
    const ports = await choosePorts(dataDir);
    const properties = join(dataDir, 'server.properties');
    await writeFile(properties, propertiesOf(ports, join(dataDir, 'log')));
    await format(libDir, dataDir, properties);
    const output = await open(join(dataDir, 'broker.log'), 'a');
    const child = spawn('java', [...memory, '-cp', join(libDir, '*'), 'kafka.Kafka', properties], {
      cwd: dataDir,
      stdio: ['ignore', output.fd, output.fd],
      detached: true,
    });
    await output.close();
    const broker = new JvmKafka(child, ports);
    try {
      await broker.listening(dataDir);
    } catch (error) {
      await broker.stop();
      throw error;
    }
    return broker;
  }

  get brokers(): string[] {
    return [`127.0.0.1:${this.ports.broker}`];
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  isRunning(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  onExit(listener: () => void): void {
    this.child.once('exit', listener);
  }

  /** Asks it to stop, and after ten seconds ends it. */
  async stop(): Promise<void> {
    if (!this.isRunning()) return;
    const ended = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(timer);
  }

  private async listening(dataDir: string): Promise<void> {
    let failure: Error | undefined;
    this.child.once('error', (error) => {
      failure = error;
    });
    const deadline = Date.now() + startWithinMs;
    while (Date.now() < deadline) {
      if (failure) throw failure;
      if (!this.isRunning()) throw new Error(`Kafka ended at its start; see ${join(dataDir, 'broker.log')}`);
      if (await accepts(this.ports.broker)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('Kafka does not listen');
  }
}

/** Combined broker and controller on the loopback address only. */
function propertiesOf(ports: Ports, logDir: string): string {
  return Object.entries({
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
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

async function format(libDir: string, dataDir: string, properties: string): Promise<void> {
  if (await exists(join(dataDir, 'log', 'meta.properties'))) return;
  const clusterId = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
  const args = ['-cp', join(libDir, '*'), 'kafka.tools.StorageTool', 'format', '--standalone', '-t', clusterId];
  await promisify(execFile)('java', [...args, '-c', properties], { cwd: dataDir });
}

/** The same ports as before where they are free, because clients may have kept them. */
async function choosePorts(dataDir: string): Promise<Ports> {
  const file = join(dataDir, 'ports.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const kept = text === undefined ? undefined : (JSON.parse(text) as Ports);
  // The controller's port is part of what was formatted.
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
