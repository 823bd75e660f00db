import { killedAfter } from './child.js';
import type { SupervisedChild } from './child.js';
import type { LaunchOptions } from './config.js';
import { serviceFlags } from './crew.js';
import type { Crew, Post } from './crew.js';
import type { HeldPorts } from './held-ports.js';
import { addReplicaPort, serviceNames } from './installation.js';
import type { Installation, ServiceName } from './installation.js';
import type { ReplicatedName } from './replica-counts.js';
import { replicasOf, variablesOfReplica } from './replica.js';
import type { Replica } from './replica.js';
import { scrapeTargets, writeScrapeTargets } from './scrape-targets.js';
import { UsageError } from './usage-error.js';
import { runnerVariables } from './variables.js';

export interface ServiceProcessesParts {
  options: LaunchOptions;
  folder: string;
  installation: Installation;
  /** Of each service. */
  variables: Record<string, Record<string, string>>;
  crew: Crew;
  ports: HeldPorts;
  /** Everything is told to stop. */
  isHalted: () => boolean;
}

export const readyWithinMs = 60_000;
/** More than the ten seconds within which a process ends by itself. */
export const graceMs = 12_000;

/** Of services, those with several processes share a port: each has one of its own beside it. */
export function sharingReplicas({ replicas, sharesPorts }: LaunchOptions): Replica[] {
  return serviceNames
    .filter((service) => sharesPorts || replicas[service] > 1)
    .flatMap((service) => replicasOf(service, replicas[service]));
}

/** The processes of the services and of the runner, as many of each as are wanted now. */
export class ServiceProcesses {
  private readonly replicas: LaunchOptions['replicas'];

  constructor(private readonly parts: ServiceProcessesParts) {
    this.replicas = { ...parts.options.replicas };
  }

  startServices(): void {
    for (const service of serviceNames) this.startAll(service);
  }

  startAll(service: ReplicatedName): void {
    for (const replica of replicasOf(service, this.replicas[service])) this.member(replica).start();
  }

  /** Tells Prometheus where they are. */
  tellTargets(): Promise<void> {
    const { folder, options, installation } = this.parts;
    return writeScrapeTargets(folder, scrapeTargets({ ...options, replicas: this.replicas }, installation));
  }

  /** One process of a service after the other, each ready before the next one stops. */
  async restart(service: ReplicatedName, tell: (line: string) => void): Promise<void> {
    const children = this.childrenOf(service);
    if (children.length === 0) throw this.noProcessOf(service);
    for (const child of children) {
      const began = Date.now();
      if (await child.restart(graceMs, readyWithinMs)) tell(`${child.name} ${killedAfter(graceMs)}`);
      this.refuseWhenHalted(child);
      tell(`${child.name} restarted in ${secondsSince(began)}`);
    }
  }

  async scale(service: ReplicatedName, count: number, tell: (line: string) => void): Promise<void> {
    const { options } = this.parts;
    if (options.mode !== 'cluster') throw this.noProcessOf(service);
    if (service !== 'runner' && count > 1 && !options.sharesPorts)
      throw new UsageError('several processes on one port are for Linux: start with --replicas');
    try {
      await this.stopBeyond(service, count, tell);
      for (const child of this.childrenOf(service)) await child.ready(readyWithinMs);
      for (const replica of replicasOf(service, count).slice(this.replicas[service])) await this.add(replica, tell);
    } finally {
      await this.tellTargets();
    }
    tell(`${service}: ${count} process${count === 1 ? '' : 'es'}`);
  }

  private async stopBeyond(service: ReplicatedName, count: number, tell: (line: string) => void): Promise<void> {
    const beyond = this.childrenOf(service).slice(count).toReversed();
    this.replicas[service] = Math.min(this.replicas[service], count);
    for (const child of beyond) {
      const began = Date.now();
      this.parts.crew.remove(child);
      const isKilled = await child.stop(graceMs);
      tell(`${child.name} ${isKilled ? killedAfter(graceMs) : `stopped in ${secondsSince(began)}`}`);
    }
  }

  /** One more process; what does not become ready is taken away again, and is not counted. */
  private async add(replica: Replica, tell: (line: string) => void): Promise<void> {
    const { options, crew, folder, installation, ports } = this.parts;
    const { service } = replica;
    this.refuseWhenHalted(replica);
    const began = Date.now();
    if (service !== 'runner' && options.sharesPorts) await addReplicaPort(folder, installation, replica.name, ports);
    this.replicas[service] += 1;
    const child = this.member(replica);
    try {
      child.start();
      await child.ready(readyWithinMs);
    } catch (error) {
      this.replicas[service] -= 1;
      crew.remove(child);
      await child.stop(graceMs);
      throw error;
    }
    this.refuseWhenHalted(child);
    tell(`${child.name} ready in ${secondsSince(began)}`);
  }

  /** Of the crew from now on, and not yet started. */
  private member(replica: Replica): SupervisedChild {
    const { service, name } = replica;
    const post = service === 'runner' ? this.runnerPost(replica) : this.servicePost({ ...replica, service });
    return this.parts.crew.add({ name, script: service, flags: serviceFlags, ...post, outlives: false });
  }

  private runnerPost(replica: Replica): Pick<Post, 'variables' | 'ports'> {
    const { options, folder, installation } = this.parts;
    return { variables: runnerVariables(options, folder, installation, replica), ports: [] };
  }

  private servicePost(replica: Replica & { service: ServiceName }): Pick<Post, 'variables' | 'ports'> {
    const { options, installation, variables } = this.parts;
    const isSharing = options.sharesPorts || this.replicas[replica.service] > 1;
    const ownPort = isSharing ? installation.replicaPorts[replica.name] : undefined;
    const own = variablesOfReplica(variables[replica.service] ?? {}, replica, ownPort);
    return {
      variables: { ...options.passedOn, PATH: options.path, ...own },
      ports: [ownPort ?? installation.ports[replica.service]],
    };
  }

  private childrenOf(service: ReplicatedName): SupervisedChild[] {
    const names = new Set(replicasOf(service, this.replicas[service]).map(({ name }) => name));
    return this.parts.crew.all.filter((child) => names.has(child.name));
  }

  private refuseWhenHalted({ name }: { name: string }): void {
    if (this.parts.isHalted()) throw new Error(`Signalbox stops; ${name} stays down`);
  }

  private noProcessOf(service: ReplicatedName): UsageError {
    const isCluster = this.parts.options.mode === 'cluster';
    const why = isCluster
      ? `there is none of ${service}; npm run cluster -- scale ${service}=1 starts one`
      : `${service} is no process of its own here: it runs in platform`;
    return new UsageError(why);
  }
}

function secondsSince(began: number): string {
  return `${((Date.now() - began) / 1000).toFixed(1)}s`;
}
