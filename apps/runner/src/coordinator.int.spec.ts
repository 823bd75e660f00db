import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import type { Lease } from '@signalbox/domain';
import { Coordinator } from './coordinator.js';

/** Longer than a coordinator takes for anything but a look at a large file. */
const readingMs = 11_000;

it('a coordinator may take long to read what it has of a digest: it is asked once', async () => {
  let offers = 0;
  const server = createServer(async (_request, response) => {
    offers += 1;
    await delay(readingMs);
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const coordinator = new Coordinator(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'key');
  const lease = { leaseId: 'lse_1', taskToken: 'token' } as Lease;
  try {
    await coordinator.upload(lease, `sha256:${'0'.repeat(64)}`, '/nowhere', new AbortController().signal);
    expect(offers).toBe(1);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
