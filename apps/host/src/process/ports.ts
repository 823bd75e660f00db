import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

/** Listens on the first free port from `from` that is not `taken`; 0 is any free port. */
export async function listen(
  server: Server,
  from: number,
  bind: string,
  taken: (port: number) => boolean = () => false,
): Promise<number> {
  for (let port = from; port <= 65_535; port += 1) {
    if (port !== 0 && taken(port)) continue;
    if (await listens(server, port, bind)) return (server.address() as AddressInfo).port;
  }
  throw new Error(`no free port from ${from}`);
}

async function listens(server: Server, port: number, bind: string): Promise<boolean> {
  const listening = once(server, 'listening');
  server.listen(port, bind);
  try {
    await listening;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
}

/**
 * A free port below the range from which the system takes the local ports of outgoing connections: one of those would
 * take it away between this probe and the start of the application.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const probe = createServer();
    if (!(await listens(probe, port, '0.0.0.0'))) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}
