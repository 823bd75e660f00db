import { Agent, createServer } from 'node:http';
import type { ServerOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { listen } from '../process/ports.js';
import { Exchange } from './exchange.js';
import type { Target } from './target.js';
import type { DeploymentTraffic } from './traffic.js';
import { forwardUpgrade } from './upgrade.js';

const serverOptions: ServerOptions = {
  keepAliveTimeout: 65_000,
  // How long an upload may take is for the application to say. Without its own limit headers would have none either.
  requestTimeout: 0,
  headersTimeout: 60_000,
  // HTTP/2 is an offer that nobody has to take up (Java's client makes it by itself), and a body has its answer in HTTP.
  shouldUpgradeCallback: ({ headers }) =>
    headers.upgrade?.toLowerCase() !== 'h2c' &&
    headers['transfer-encoding'] === undefined &&
    (headers['content-length'] ?? '0') === '0',
};

/** The public port of one slot. */
export class Router {
  private targets: readonly Target[] = [];
  private absent: DeploymentTraffic | undefined;
  private readonly upgraded = new Set<Duplex>();
  /** Idle connections are given up before the usual five seconds after which servers close them. */
  private readonly agent = new Agent({ keepAlive: true, maxFreeSockets: 256, timeout: 4000 });
  private readonly unserved = (elapsedMs: number): void => this.absent?.count(true, elapsedMs);
  private readonly server = createServer(serverOptions, (request, response) => {
    new Exchange(request, response, this.agent, () => this.targets, this.unserved).attempt();
  });

  constructor() {
    this.server.on('upgrade', (request, socket, head) => {
      this.upgraded.add(socket);
      socket.once('close', () => this.upgraded.delete(socket));
      forwardUpgrade(request, socket, head, () => this.targets, this.unserved);
    });
  }

  /** Takes the first free port from `from`, or any when it is 0. */
  async listen(from: number, bind: string, taken: (port: number) => boolean): Promise<number> {
    return listen(this.server, from, bind, taken);
  }

  /**
   * Takes effect with the next request.
   * @param absent counts the requests that no process can take, as failed
   */
  route(targets: readonly Target[], absent?: DeploymentTraffic): void {
    this.targets = targets;
    this.absent = absent;
  }

  /** Refuses new connections, lets open requests end within `graceMs`. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    const timer = setTimeout(() => {
      this.server.closeAllConnections();
      for (const socket of this.upgraded) socket.destroy();
    }, graceMs);
    await closed;
    clearTimeout(timer);
    this.agent.destroy();
  }
}
