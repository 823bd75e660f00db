import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { createServer } from 'node:net';

const tries = 90;

/**
 * Ports that are ours although nothing may listen there: not yet, or not while a process is replaced. Each is held by
 * a UDP socket of the same number, which leaves TCP to the process that is to listen and ends with us however we end.
 */
export class HeldPorts {
  private readonly sockets = new Map<number, Socket>();

  /**
   * Holds this port, unless another installation holds it or anybody listens there.
   * @param isOurs what listens there is known and may
   */
  async take(port: number, isOurs = false): Promise<boolean> {
    const socket = this.sockets.has(port) ? undefined : await held(port);
    if (!socket) return false;
    if (!isOurs && !(await isFree(port))) {
      socket.close();
      return false;
    }
    this.sockets.set(port, socket);
    return true;
  }

  /** As `take`, also of one that is held already: whether a process may listen there now. */
  async takeAgain(port: number): Promise<boolean> {
    return this.sockets.has(port) ? isFree(port) : this.take(port);
  }

  /** Holds the first that can be had. @param besides kept for others, who may not run now */
  async takeFirst(from: number, besides: readonly number[] = []): Promise<number> {
    for (let port = from; port < from + tries; port += 1)
      if (!besides.includes(port) && (await this.take(port))) return port;
    throw new Error(`no free port from ${from} to ${from + tries - 1}`);
  }

  release(): void {
    for (const socket of this.sockets.values()) socket.close();
    this.sockets.clear();
  }
}

async function held(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').unref();
    socket.once('error', () => {
      socket.close();
      resolve(undefined);
    });
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(socket));
  });
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
