import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

export interface SilentMachine {
  /** Whoever connects there is not even refused. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Its thread stands still once it listens: what connects waits in the queue, and what finds that full gets no answer. */
const listener = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;
const mostQueued = 16;
const connectedWithinMs = 500;

/** As a machine that has vanished from the network: packets to it are dropped. */
export async function startSilentMachine(): Promise<SilentMachine> {
  const worker = new Worker(listener, { eval: true });
  const [port] = (await once(worker, 'message')) as [number];
  const queued: Socket[] = [];
  const stop = async (): Promise<void> => {
    for (const socket of queued) socket.destroy();
    await worker.terminate();
  };
  while (queued.length < mostQueued) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    queued.push(socket);
    const connected = once(socket, 'connect').then(() => true);
    if (!(await Promise.race([connected, delay(connectedWithinMs, false)])))
      return { url: `http://127.0.0.1:${port}`, stop };
  }
  await stop();
  throw new Error(`the queue of a listener took ${mostQueued} connections and was not full`);
}
