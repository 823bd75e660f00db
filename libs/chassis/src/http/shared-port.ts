import { createServer } from 'node:net';
import type { Server as HttpServer } from 'node:http';

/**
 * Takes connections from a port that other processes listen on too (SO_REUSEPORT) and gives them to `http`. One that is
 * killed takes no more at once: its clients come to the others.
 * @returns what ends it
 */
export async function listenOnSharedPort(http: HttpServer, port: number, host: string): Promise<() => Promise<void>> {
  const shared = createServer((socket) => http.emit('connection', socket));
  await new Promise<void>((resolve, reject) => {
    shared.once('error', reject);
    shared.listen({ port, host, reusePort: true }, resolve);
  });
  return () => new Promise((resolve) => shared.close(() => resolve()));
}
