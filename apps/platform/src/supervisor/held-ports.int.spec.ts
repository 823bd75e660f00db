import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HeldPorts } from './held-ports.js';

/** Below those that the system gives to outgoing connections. */
const from = 23_100;
const made: HeldPorts[] = [];

function ports(): HeldPorts {
  const one = new HeldPorts();
  made.push(one);
  return one;
}

afterEach(() => {
  for (const one of made.splice(0)) one.release();
});

describe('held ports', () => {
  it('are never the same for two starts that choose at once', async () => {
    const [one, other] = [ports(), ports()];
    const taken = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? one : other).takeFirst(from)));
    expect(new Set(taken).size).toBe(20);
  });

  it('are listened on by whoever they are held for', async () => {
    const port = await ports().takeFirst(from);
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });

  it('are not those on which somebody listens, unless it is our own', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const one = ports();
    expect(await one.take(port)).toBe(false);
    expect(await one.take(port, true)).toBe(true);
    server.close();
  });

  it('can be had by others once they are released', async () => {
    const [one, other] = [ports(), ports()];
    const port = await one.takeFirst(from);
    expect(await other.take(port)).toBe(false);
    one.release();
    expect(await other.take(port)).toBe(true);
  });
});
