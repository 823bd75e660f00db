import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { readConfig } from '@signalbox/domain';
import type { Lease } from '@signalbox/domain';
import { eventually } from '@signalbox/testing';
import { runnerConfig } from './config.js';
import { startRunner } from './runner.js';

let place: string;

beforeEach(async () => void (place = await mkdtemp(join(tmpdir(), 'signalbox-runner-'))));
afterEach(() => rm(place, { recursive: true, force: true }));

async function startAndStop(more: Record<string, string> = {}): Promise<void> {
  await (await start(more)).stop();
}

function start(more: Record<string, string>): ReturnType<typeof startRunner> {
  const variables = {
    COORDINATOR_URL: 'http://127.0.0.1:1',
    RUNNER_KEY: 'a-key-for-tests-only',
    RUNNER_DIRECTORY: join(place, 'own'),
    LOG_LEVEL: 'silent',
    ...more,
  };
  return startRunner(readConfig(runnerConfig, variables), {});
}

it('a folder that is named for workspaces stays, with what others have in it; what is left of ours goes', async () => {
  const named = join(place, 'volume');
  for (const folder of ['lost+found', 'signalbox-runner/left']) await mkdir(join(named, folder), { recursive: true });
  await writeFile(join(named, 'kept'), 'by somebody else');
  const { ino } = await stat(named);
  await startAndStop({ RUNNER_WORKSPACES: named });
  expect((await stat(named)).ino).toBe(ino);
  expect((await readdir(named)).sort()).toEqual(['kept', 'lost+found', 'signalbox-runner']);
  expect(await readdir(join(named, 'signalbox-runner'))).toEqual([]);
});

it('what stood in its own folder goes, wherever workspaces are now', async () => {
  const left = join(place, 'own/workspaces/left');
  await mkdir(left, { recursive: true });
  await startAndStop();
  expect(await readdir(join(place, 'own/workspaces'))).toEqual([]);
  await mkdir(left, { recursive: true });
  await startAndStop({ RUNNER_WORKSPACES: join(place, 'volume') });
  expect(await readdir(join(place, 'own'))).not.toContain('workspaces');
});

it('a coordinator that gives work and says nothing more does not keep a runner from ending within ten seconds', async () => {
  const lease: Lease = {
    leaseId: 'lse_1',
    taskId: 'tsk_1',
    taskToken: 'token',
    fencingToken: 1,
    heartbeatMs: 60_000,
    spec: {
      kind: 'build',
      application: 'shop',
      version: '1.0.0',
      commit: '0'.repeat(40),
      repository: { location: join(place, 'nowhere'), path: '' },
      outputs: [],
    },
  };
  let asked = 0;
  const coordinator = createServer((_request, response) => {
    asked += 1;
    if (asked === 1) response.setHeader('content-type', 'application/json').end(JSON.stringify(lease));
  });
  await once(coordinator.listen(0, '127.0.0.1'), 'listening');
  const { port } = coordinator.address() as AddressInfo;
  const runner = await start({ COORDINATOR_URL: `http://127.0.0.1:${port}`, RUNNER_CONCURRENCY: '1' });
  try {
    await eventually(() => asked > 1, { what: 'it tells of its work' });
    const began = performance.now();
    await runner.stop();
    expect((performance.now() - began) / 1_000).toBeLessThan(10);
  } finally {
    coordinator.closeAllConnections();
    coordinator.close();
    // Its last words are refused now: nothing of it goes on.
    await runner.stop();
  }
}, 60_000);
