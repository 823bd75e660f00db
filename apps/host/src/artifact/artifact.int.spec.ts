import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, withDiskRoom } from '@signalbox/testing';
import { type Artifact, ArtifactServer, packed, testApplication, testProgram } from '../../testing/artifact-server.js';
import { aDeployment, HostProcess } from '../../testing/host-process.js';

const SLOT = 'shop/production';
const store = new ArtifactServer();
let application: Artifact;
let host: HostProcess;

const released = (version: string, weight: number, more: Parameters<typeof aDeployment>[2] = {}) =>
  aDeployment(version, weight, { digest: application.digest, artifactUrl: store.url(application.digest), ...more });

beforeAll(async () => {
  application = await testApplication();
  await store.start();
  store.add(application.digest, application.tar);
});
afterAll(() => store.stop());

beforeEach(async () => {
  host = await HostProcess.create();
  await host.start();
});
afterEach(async () => host.remove());

describe('an artifact', () => {
  it('that is not what its digest says is refused', async () => {
    const lie = `sha256:${'1'.repeat(64)}`;
    store.add(lie, application.tar);
    const deployment = released('1.0.0', 100, { digest: lie, artifactUrl: store.url(lie) });
    await host.put(SLOT, { generation: 1, deployments: [deployment] });
    const [observed] = (await host.settled(SLOT, 1)).deployments;
    expect(observed).toMatchObject({ status: 'failed', failure: { code: 'digest_mismatch' } });
  });

  it('that leaves its directory is refused, and so is one that the store has not', async () => {
    const evil = await packed({ '../evil.mjs': 'boo' });
    store.add(evil.digest, evil.tar);
    const deployments = [
      released('1.0.0', 50, { digest: evil.digest, artifactUrl: store.url(evil.digest) }),
      released('1.0.1', 50, { digest: `sha256:${'2'.repeat(64)}`, artifactUrl: store.url('none') }),
    ];
    await host.put(SLOT, { generation: 1, deployments });
    const { deployments: observed } = await host.settled(SLOT, 1);
    expect(observed.map((each) => each.failure?.code)).toEqual(['artifact_invalid', 'artifact_missing']);
  });

  it('that cannot be had: whether the store is away, or what it holds was altered', async () => {
    store.refuse('away', 503, 'null');
    store.refuse('altered', 500, JSON.stringify({ code: 'digest_mismatch', detail: 'it is sha256:99' }));
    const deployments = ['away', 'altered'].map((name, i) =>
      released(`1.0.${i}`, 50, { digest: `sha256:${String(i + 3).repeat(64)}`, artifactUrl: store.url(name) }),
    );
    await host.put(SLOT, { generation: 1, deployments });
    const { deployments: observed } = await host.settled(SLOT, 1);
    expect(observed.map((each) => [each.failure?.code, each.failure?.message])).toEqual([
      ['artifact_unavailable', 'artifact: the store answered 503'],
      ['digest_mismatch', 'artifact in the store: it is sha256:99'],
    ]);
  });

  it('that finds no room changes nothing, and goes on when there is some', async () => {
    const large = await packed({ 'application.mjs': await testProgram(), padding: 'x'.repeat(100_000) });
    store.add(large.digest, large.tar);
    const put = (generation: number) =>
      host.put(SLOT, {
        generation,
        deployments: [
          released(`1.0.${generation}`, 100, { digest: large.digest, artifactUrl: store.url(large.digest) }),
        ],
      });
    await withDiskRoom(host.pid, 50_000, async () => {
      await put(1);
      const [observed] = (await host.settled(SLOT, 1)).deployments;
      expect(observed).toMatchObject({
        status: 'failed',
        failure: { code: 'disk_full', message: 'disk full (EFBIG)' },
      });
    });
    await withDiskRoom(host.pid, 100, () => expect(put(2)).rejects.toThrow(/^507: .*disk full: nothing was changed/));
    const { url } = await put(2);
    expect((await host.settled(SLOT, 2)).deployments[0]?.status).toBe('ready');
    expect((await fetch(url)).status).toBe(200);
  });

  it('whose copy was altered on disk is fetched again', async () => {
    await host.put(SLOT, { generation: 1, deployments: [released('1.0.0', 100)] });
    await host.settled(SLOT, 1);
    const copy = join(host.data, 'artifacts', `${application.digest.slice(7)}.tar`);
    await writeFile(copy, Buffer.from(application.tar).fill(0x20, 512, 600));
    const before = store.fetched.length;
    const { url } = await host.put(SLOT, { generation: 2, deployments: [released('1.0.1', 100)] });
    expect((await host.settled(SLOT, 2)).deployments[0]?.status).toBe('ready');
    expect(store.fetched.slice(before)).toEqual([application.digest]);
    await eventually(async () => (await (await fetch(url)).text()) === '1.0.1', { what: 'the new version answers' });
  });
});
