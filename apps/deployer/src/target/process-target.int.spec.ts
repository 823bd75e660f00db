import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { startSilentMachine } from '@signalbox/testing';
import { hostSeen } from './host-seen.js';
import { ProcessTarget } from './process-target.js';

/** As long as the deployer waits for what it says of its hosts. */
const partMs = 2_000;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function vanished(): Promise<string> {
  const machine = await startSilentMachine();
  ends.push(() => machine.stop());
  return machine.url;
}

async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it.each<[string, () => Promise<string>]>([
  ['whose machine has vanished', vanished],
  ['that takes the call and says nothing', () => answering(() => undefined)],
  ['that begins an answer and does not end it', () => answering((_, answer) => void answer.write('{ "version":'))],
])('a host %s is told with its fault, before the whole part is given up', async (_, start) => {
  const target = new ProcessTarget(await start(), 'key');
  ends.unshift(() => target.close());
  const began = performance.now();
  const put = { id: 'shop/production', application: 'shop', environment: 'production', generation: 3 };
  const seen = await hostSeen(target, async () => [put]);
  expect(performance.now() - began).toBeLessThan(partMs);
  expect(seen).toEqual({
    url: target.url,
    ok: false,
    detail: 'no answer in 1.5s',
    environments: [{ id: 'shop/production', generation: 3 }],
  });
});
