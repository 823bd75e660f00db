import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { readConfig } from '@signalbox/domain';
import { runnerConfig } from './config.js';
import { startRunner } from './runner.js';

let place: string;

beforeEach(async () => void (place = await mkdtemp(join(tmpdir(), 'signalbox-runner-'))));
afterEach(() => rm(place, { recursive: true, force: true }));

async function startAndStop(more: Record<string, string> = {}): Promise<void> {
  const variables = {
    COORDINATOR_URL: 'http://127.0.0.1:1',
    RUNNER_KEY: 'a-key-for-tests-only',
    RUNNER_DIRECTORY: join(place, 'own'),
    LOG_LEVEL: 'silent',
    ...more,
  };
  await (await startRunner(readConfig(runnerConfig, variables), {})).stop();
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
