import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Lease } from '@signalbox/domain';
import { eventually } from '@signalbox/testing';
import { pino } from 'pino';
import { Coordinator } from '../coordinator.js';
import { Leftovers } from '../process/leftovers.js';
import { LeasedTask } from './leased-task.js';

const hangingReplicas = 2;
let place: string;
let server: Server;
let beats = 0;
let result: unknown;

/** Coordinators of which the first hang on heartbeats, and a target that serves when one has been answered. */
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'signalbox-task-'));
  server = createServer(async (request, response) => {
    const { url = '' } = request;
    if (url.endsWith('/heartbeats') && (beats += 1) <= hangingReplicas) return;
    if (url.endsWith('/results')) result = await json(request);
    if (url === '/healthz') await eventually(() => beats > hangingReplicas, { what: 'an answered heartbeat' });
    response.writeHead(200, { 'content-type': 'application/json', 'signalbox-version': '1.0.0@1' }).end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(place, { recursive: true, force: true });
});

function aLease(targetUrl: string): Lease {
  const of = { leaseId: 'lse_1', taskId: 'tsk_1', taskToken: 'token', fencingToken: 1, heartbeatMs: 100 };
  const checkout = { application: 'shop', version: '1.0.0', commit: 'c', repository: { location: '/r', path: '.' } };
  const suite = { name: 'smoke', env: {}, timeoutMs: 60_000 };
  const target = { url: targetUrl, healthCheckPath: '/healthz', version: '1.0.0', slotVersion: 1 };
  return { ...of, spec: { kind: 'test', ...checkout, suite, target } };
}

it('a task survives coordinators that hang on its heartbeats: another hears the third in time', async () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const task = new LeasedTask(aLease(url), {
    coordinator: new Coordinator(url, 'key'),
    logger: pino({ level: 'silent' }),
    workspace: join(place, 'workspace'),
    leftovers: new Leftovers(join(place, 'commands')),
    gitEnvironment: {},
    stepEnvironment: {},
  });
  await task.run();
  expect(result).toMatchObject({ outcome: 'succeeded' });
});
