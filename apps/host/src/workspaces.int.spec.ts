import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { ArtifactServer, testApplication } from '../testing/artifact-server.js';
import { aDeployment, HostProcess } from '../testing/host-process.js';

const slot = 'shop/production';
const store = new ArtifactServer();
let host: HostProcess;

beforeAll(() => store.start());
afterAll(() => store.stop());
beforeEach(async () => void (host = await HostProcess.create()));
afterEach(() => host.remove());

/** Runs one application and is killed in the midst of it. */
async function runAndBeKilled(): Promise<void> {
  const { digest, tar } = await testApplication();
  store.add(digest, tar);
  await host.start();
  await host.put(slot, {
    generation: 1,
    deployments: [aDeployment('1.0.0', 100, { digest, artifactUrl: store.url(digest) })],
  });
  await host.settled(slot, 1);
  await host.end('SIGKILL');
}

it('a folder that is named for workspaces stays, with what others have in it; what is left of ours goes', async () => {
  const named = join(host.data, 'volume');
  await mkdir(join(named, 'lost+found'), { recursive: true });
  await writeFile(join(named, 'kept'), 'by somebody else');
  const { ino } = await stat(named);
  host.variables = { HOST_WORKSPACES: named };
  await runAndBeKilled();
  const [left] = await readdir(join(named, 'signalbox-host'));
  await host.start();
  await host.settled(slot, 1);
  expect((await stat(named)).ino).toBe(ino);
  expect((await readdir(named)).sort()).toEqual(['kept', 'lost+found', 'signalbox-host']);
  const instances = await readdir(join(named, 'signalbox-host'));
  expect([instances.length, instances.includes(String(left))]).toEqual([1, false]);
});

it('what stood in the data folder before another was named goes', async () => {
  await runAndBeKilled();
  expect(await readdir(join(host.data, 'workspaces'))).toHaveLength(1);
  host.variables = { HOST_WORKSPACES: join(host.data, 'volume') };
  await host.start();
  expect(await readdir(host.data)).not.toContain('workspaces');
});
