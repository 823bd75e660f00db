import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import type { Child } from './child.js';
import { untilReady } from './readiness.js';

it('a process that a sleep of the machine made late is asked once more', async () => {
  const application = createServer((_request, response) => response.end());
  await once(application.listen(0, '127.0.0.1'), 'listening');
  const { port } = application.address() as AddressInfo;
  const afterAnHour = [0, 3_600_000];
  const nowMs = () => afterAnHour.shift() ?? 3_600_000;
  const child = { hasEnded: false } as Child;
  try {
    const probe = { port, healthCheckPath: '/', startTimeoutMs: 10_000 };
    expect(await untilReady(child, probe, nowMs)).toEqual({ ready: true, host: '127.0.0.1' });
  } finally {
    application.close();
  }
});
