import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeploymentDesired, SlotAccepted, SlotDesired, SlotMetrics, SlotObserved } from '@signalbox/domain';
import { eventually } from '@signalbox/testing';

const KEY = 'a-key-for-tests-only';
const MAIN = join(import.meta.dirname, '../dist/bundle/main.js');
const NODE = join(import.meta.dirname, '../../../node_modules/.bin/node');

/** A host as it runs in production: a process of its own with a folder of its own. */
export class HostProcess {
  private process: ChildProcess | undefined;
  private url = '';
  /** What its environment has besides. */
  variables: Record<string, string> = {};

  private constructor(readonly data: string) {}

  static async create(): Promise<HostProcess> {
    return new HostProcess(await mkdtemp(join(tmpdir(), 'signalbox-host-')));
  }

  get pid(): number {
    return this.process?.pid as number;
  }

  spawn(): ChildProcess {
    const env = {
      PATH: process.env['PATH'],
      HOST_DATA: this.data,
      HOST_KEY: KEY,
      HOST_PORT: '0',
      HOST_ROUTER_PORT_FROM: '0',
      ...this.variables,
    };
    return spawn(NODE, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async start(): Promise<void> {
    const child = this.spawn();
    this.process = child;
    let printed = '';
    child.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    child.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await eventually(
      async () => {
        if (child.exitCode !== null) throw new Error(`host ended: ${printed}`);
        return printed.includes('host ready');
      },
      { what: 'the host says that it is ready' },
    );
    this.url = (JSON.parse(await readFile(join(this.data, 'address.json'), 'utf8')) as { url: string }).url;
  }

  /** Returns the exit code, or the signal. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    const child = this.process as ChildProcess;
    const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    child.kill(signal);
    const [code, by] = await exited;
    return code ?? by;
  }

  async remove(): Promise<void> {
    if (this.process?.exitCode === null && this.process.signalCode === null) await this.end('SIGTERM');
    await rm(this.data, { recursive: true, force: true });
  }

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...init.headers };
    return fetch(`${this.url}${path}`, { ...init, headers });
  }

  async put(slot: string, desired: SlotDesired): Promise<SlotAccepted> {
    const response = await this.request(`/v1/slots/${slot}`, { method: 'PUT', body: JSON.stringify(desired) });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as SlotAccepted;
  }

  /** The slot once every deployment is ready or has failed. */
  async settled(slot: string, generation: number): Promise<SlotObserved> {
    return (await (await this.request(`/v1/slots/${slot}?waitGeneration=${generation}`)).json()) as SlotObserved;
  }

  async metrics(slot: string): Promise<SlotMetrics> {
    return (await (await this.request(`/v1/slots/${slot}/metrics`)).json()) as SlotMetrics;
  }
}

export function aDeployment(version: string, weight: number, more: Partial<DeploymentDesired> = {}): DeploymentDesired {
  return {
    deploymentId: `dep_${version}`,
    version,
    slotVersion: 1,
    digest: `sha256:${'0'.repeat(64)}`,
    artifactUrl: 'http://127.0.0.1:1/none',
    command: ['node', 'application.mjs'],
    config: {},
    secrets: {},
    healthCheckPath: '/healthz',
    startTimeoutMs: 10_000,
    stopTimeoutMs: 2000,
    replicas: 1,
    weight,
    ...more,
  };
}
