import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export const hostKey = 'a-host-key-for-tests';

const boundsMs = [1, 5, 10, 50, 100, 250, 500, 1_000, null];

interface Served {
  requests: number;
  errors?: number;
  /** How long each of them took; 4 unless told. */
  tookMs?: number;
}

/** What a host's router counts, served over HTTP as the host does. */
export class RouterCounters {
  private epoch = 1;
  private deployments = new Map<string, { requests: number; errors: number; latency: number[] }>();
  private isDown = false;
  looks = 0;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<RouterCounters> {
    const server = createServer();
    const made = new RouterCounters(server);
    server.on('request', (request, response) => {
      const isAllowed = request.headers.authorization === `Bearer ${hostKey}`;
      response.statusCode = made.isDown ? 503 : isAllowed ? 200 : 401;
      if (response.statusCode === 200) made.looks += 1;
      response.end(response.statusCode === 200 ? JSON.stringify(made.body()) : 'no');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/metrics`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  serve(deploymentId: string, { requests, errors = 0, tookMs = 4 }: Served): void {
    const counters = this.deployments.get(deploymentId) ?? { requests: 0, errors: 0, latency: boundsMs.map(() => 0) };
    const bucket = boundsMs.findIndex((bound) => bound === null || bound >= tookMs);
    counters.requests += requests;
    counters.errors += errors;
    counters.latency[bucket] = (counters.latency[bucket] ?? 0) + requests;
    this.deployments.set(deploymentId, counters);
  }

  /** The host has started again: a new epoch, and all counters at zero. */
  restart(): void {
    this.epoch += 1;
    const known = [...this.deployments.keys()];
    this.deployments = new Map();
    for (const id of known) this.serve(id, { requests: 0 });
  }

  setDown(isDown: boolean): void {
    this.isDown = isDown;
  }

  private body(): object {
    const processes = { ready: 2, exits: [0, 0] };
    const deployments = [...this.deployments].map(([id, { requests, errors, latency }]) => [
      id,
      {
        version: '1',
        slotVersion: 1,
        ...processes,
        requests,
        errors,
        latency: { bucketsMs: boundsMs, counts: latency },
      },
    ]);
    return {
      epoch: `epoch-${this.epoch}`,
      at: new Date().toISOString(),
      deployments: Object.fromEntries(deployments) as object,
    };
  }
}
