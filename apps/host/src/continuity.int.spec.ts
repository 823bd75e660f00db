import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Artifact, ArtifactServer, testApplication } from '../testing/artifact-server.js';
import { aDeployment, HostProcess } from '../testing/host-process.js';

const SLOT = 'shop/production';
const PER_SECOND = 200;
const store = new ArtifactServer();
let application: Artifact;
let host: HostProcess;

beforeAll(async () => {
  application = await testApplication();
  await store.start();
  store.add(application.digest, application.tar);
  host = await HostProcess.create();
  await host.start();
});
afterAll(async () => {
  await host.remove();
  store.stop();
});

const released = (version: string, weight: number, replicas = 1) =>
  aDeployment(version, weight, { digest: application.digest, artifactUrl: store.url(application.digest), replicas });

/** Asks `url` at a steady rate, with answers that take their time, until stopped: POSTs, which nobody may repeat. */
function users(url: string) {
  const agent = new Agent({ keepAlive: true });
  const seen = new Map<string, number>();
  const failures: string[] = [];
  const open = new Set<Promise<void>>();
  const ask = async () =>
    new Promise<void>((resolve) => {
      const options = { agent, method: 'POST' };
      const asked = request(`${url}/?ms=${Math.floor(Math.random() * 100)}`, options, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('close', () => {
          if (!response.complete) failures.push(`the answer broke off after ${text.length} bytes`);
          else if (response.statusCode === 200) seen.set(text, (seen.get(text) ?? 0) + 1);
          else failures.push(`${response.statusCode} ${text}`);
          resolve();
        });
      });
      asked.end();
      asked.on('error', (error) => {
        failures.push(error.message);
        resolve();
      });
    });
  const timer = setInterval(() => {
    const asked = ask();
    open.add(asked);
    void asked.then(() => open.delete(asked));
  }, 1000 / PER_SECOND);
  return {
    failures,
    seen,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
      agent.destroy();
    },
  };
}

describe('users of a slot', () => {
  it('lose no request while weights shift and deployments are replaced', async () => {
    let generation = 1;
    const { url } = await host.put(SLOT, { generation, deployments: [released('1.0.0', 100, 2)] });
    await host.settled(SLOT, generation);
    const traffic = users(url);
    for (let release = 1; release <= 3; release += 1) {
      for (const weight of [0, 20, 50, 100]) {
        generation += 1;
        const old = released(`${release}.0.0`, 100 - weight, 2);
        const deployments = [old, released(`${release + 1}.0.0`, weight, 2)];
        await host.put(SLOT, { generation, deployments });
        const observed = await host.settled(SLOT, generation);
        expect(observed.deployments.map((each) => each.status).slice(0, 2)).toEqual(['ready', 'ready']);
        await delay(200);
      }
      generation += 1;
      await host.put(SLOT, { generation, deployments: [released(`${release + 1}.0.0`, 100, 2)] });
    }
    // replaced at one stroke: the host itself has to wait for the new one
    generation += 1;
    await host.put(SLOT, { generation, deployments: [released('9.0.0', 100)] });
    await host.settled(SLOT, generation);
    await delay(500);
    await traffic.stop();
    expect(traffic.failures).toEqual([]);
    expect([...traffic.seen.keys()].sort()).toEqual(['1.0.0', '2.0.0', '3.0.0', '4.0.0', '9.0.0']);
    expect([...traffic.seen.values()].reduce((sum, each) => sum + each, 0)).toBeGreaterThan(400);
  });
});
