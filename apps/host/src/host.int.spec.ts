import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Artifact, ArtifactServer, testApplication } from '../testing/artifact-server.js';
import { eventually } from '@signalbox/testing';
import { aDeployment, HostProcess } from '../testing/host-process.js';
import { identify, processesWith } from './process/identity.js';
import { DEPLOYMENT_VARIABLE } from './process/leftovers.js';

const SLOT = 'shop/production';
const store = new ArtifactServer();
let application: Artifact;
let host: HostProcess;

const released = (version: string, weight: number, more: Parameters<typeof aDeployment>[2] = {}) =>
  aDeployment(version, weight, { digest: application.digest, artifactUrl: store.url(application.digest), ...more });

const environmentOf = async (url: string) =>
  (await (await fetch(`${url}/environment`)).json()) as Record<string, string> & { arguments: string[] };

const childPids = async () =>
  (JSON.parse(await readFile(join(host.data, 'children.json'), 'utf8')) as { pid: number }[]).map((each) => each.pid);

const isGone = (pid: number) => identify(pid) === undefined;

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

describe('a slot', () => {
  it('runs what is desired with its port, version, configuration and secrets, and nothing of the host', async () => {
    const deployment = released('1.0.0', 100, {
      command: ['node', 'application.mjs', '--port=${PORT}', '${VERSION}', '${LEVEL}'],
      config: { LEVEL: 'info' },
      secrets: { TOKEN: 's3cret' },
    });
    const { url } = await host.put(SLOT, { generation: 1, deployments: [deployment] });
    const observed = await host.settled(SLOT, 1);
    expect(observed.deployments).toEqual([expect.objectContaining({ status: 'ready', readyReplicas: 1, weight: 100 })]);
    const environment = await environmentOf(url);
    expect(environment).toMatchObject({ VERSION: '1.0.0', LEVEL: 'info', TOKEN: 's3cret' });
    expect(environment.arguments).toEqual([`--port=${environment['PORT']}`, '1.0.0', 'info']);
    expect(environment['HOST_KEY']).toBeUndefined();
    expect(environment['PATH']).not.toContain('node_modules/.bin');
    expect((await fetch(url)).headers.get('signalbox-version')).toBe('1.0.0@1');
    expect((await stat(join(host.data, 'slots/shop.production.json'))).mode & 0o777).toBe(0o600);
  });

  it('refuses a lower generation and another body for the same one', async () => {
    await host.put(SLOT, { generation: 5, deployments: [] });
    await expect(host.put(SLOT, { generation: 5, deployments: [] })).resolves.toMatchObject({ generation: 5 });
    await expect(host.put(SLOT, { generation: 4, deployments: [] })).rejects.toThrow(/409.*stale_generation/);
    const other = { generation: 5, deployments: [released('1.0.0', 100)] };
    await expect(host.put(SLOT, other)).rejects.toThrow(/409.*generation_reused/);
  });

  it('refuses a wrong key and a body it does not know', async () => {
    const refused = await host.request('/v1/slots', { headers: { authorization: 'Bearer no' } });
    expect([refused.status, refused.headers.get('content-type')]).toEqual([
      401,
      'application/problem+json; charset=utf-8',
    ]);
    const unequal = { generation: 1, deployments: [released('1.0.0', 70)] };
    await expect(host.put(SLOT, unequal)).rejects.toThrow(/400.*weights must sum to 100 or 0/);
    await expect(host.put(SLOT, { generation: 1, deployments: [], more: 1 } as never)).rejects.toThrow(/400/);
  });

  it('answers 503 while nothing is ready, and stops everything on an empty list', async () => {
    const { url } = await host.put(SLOT, { generation: 1, deployments: [released('1.0.0', 100)] });
    await host.settled(SLOT, 1);
    const pids = await childPids();
    await host.put(SLOT, { generation: 2, deployments: [] });
    await eventually(async () => pids.every(isGone), { what: 'no process is left' });
    const answer = await fetch(url);
    expect([answer.status, await answer.json()]).toEqual([
      503,
      expect.objectContaining({ code: 'no_ready_deployment' }),
    ]);
  });

  it('divides requests by weight and counts them per deployment', async () => {
    const deployments = [released('1.0.0', 80, { replicas: 2 }), released('2.0.0', 20)];
    const { url } = await host.put(SLOT, { generation: 1, deployments });
    const settled = await host.settled(SLOT, 1);
    expect(settled.deployments.map((each) => each.weight)).toEqual([80, 20]);
    for (let i = 0; i < 100; i += 1) await (await fetch(url)).text();
    await fetch(`${url}/fail`);
    const { deployments: counted } = await host.metrics(SLOT);
    expect([counted['dep_1.0.0']?.requests, counted['dep_2.0.0']?.requests].sort()).toEqual([20, 81].sort());
    expect(Object.values(counted).reduce((sum, each) => sum + each.errors, 0)).toBe(1);
    const buckets = counted['dep_2.0.0']?.latency;
    expect(buckets?.counts.reduce((sum, each) => sum + each, 0)).toBe(20);
    expect(await (await host.request('/metrics')).text()).toContain('signalbox_router_errors_total');
  });

  it('forwards bodies both ways and connections that change the protocol', async () => {
    const { url } = await host.put(SLOT, { generation: 1, deployments: [released('1.0.0', 100)] });
    await host.settled(SLOT, 1);
    const body = Buffer.alloc(3_000_000, 'abc');
    const echoed = await fetch(`${url}/echo`, { method: 'POST', body });
    expect(Buffer.from(await echoed.arrayBuffer()).equals(body)).toBe(true);
    const upgrade = request(url, { headers: { connection: 'Upgrade', upgrade: 'echo' } }).end();
    const [, socket] = (await once(upgrade, 'upgrade')) as [unknown, Socket];
    socket.write('ping');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(chunk.toString()).toBe('ping');
    socket.destroy();
  });

  it('starts a crashed process again', async () => {
    const { url } = await host.put(SLOT, { generation: 1, deployments: [released('1.0.0', 100)] });
    await host.settled(SLOT, 1);
    expect((await fetch(`${url}/crash`)).status).toBe(502);
    await eventually(async () => (await host.settled(SLOT, 1)).deployments[0]?.restarts === 1, { what: 'one restart' });
    await eventually(async () => (await fetch(url)).ok, { what: 'the application answers' });
  });

  it('counts against it what fails while none of its processes runs, and that one has ended by itself', async () => {
    const { url } = await host.put(SLOT, { generation: 1, deployments: [released('1.0.0', 100)] });
    await host.settled(SLOT, 1);
    const codes = [(await fetch(`${url}/crash`)).status];
    await eventually(async () => codes.push((await fetch(url)).status) && codes.at(-1) === 200, { what: 'it answers' });
    expect(codes).toContain(503);
    const { deployments } = await host.metrics(SLOT);
    expect(deployments['dep_1.0.0']).toMatchObject({ requests: codes.length, errors: codes.length - 1, exits: [1] });
  });

  it('counts the ends of each of its processes', async () => {
    const { url } = await host.put(SLOT, { generation: 1, deployments: [released('1.0.0', 100, { replicas: 2 })] });
    await host.settled(SLOT, 1);
    const crash = async () => {
      await fetch(`${url}/crash`);
      const exits = (await host.metrics(SLOT)).deployments['dep_1.0.0']?.exits;
      return Array.isArray(exits) && exits.length === 2 && exits.every((count) => count > 0);
    };
    await eventually(crash, { what: 'both have ended' });
  });
});

describe('a start that fails', () => {
  it.each([
    ['silent', 'nothing_on_port', 1, /^nothing on \$PORT \d+ in 1s$/],
    ['elsewhere', 'wrong_port', 4, /^listens on \d+$/],
    ['exits', 'exited', 4, /^exited 1$/],
    ['unhealthy', 'unhealthy', 4, /^\/healthz 404$/],
  ])('says of one that is %s: %s', async (mode, code, seconds, message) => {
    const deployment = released('1.0.0', 100, { config: { MODE: mode }, startTimeoutMs: seconds * 1000 });
    await host.put(SLOT, { generation: 1, deployments: [deployment] });
    const [observed] = (await host.settled(SLOT, 1)).deployments;
    expect(observed).toMatchObject({ status: 'failed', failure: { code, message: expect.stringMatching(message) } });
    if (mode === 'exits') expect(observed?.failure?.lastLines).toEqual(['no database']);
  });

  it('is seen in the figures: none of its processes could serve, one of another can', async () => {
    const broken = released('1.0.1', 0, { config: { MODE: 'exits' }, startTimeoutMs: 4_000 });
    await host.put(SLOT, { generation: 1, deployments: [released('1.0.0', 100), broken] });
    await host.settled(SLOT, 1);
    expect((await host.metrics(SLOT)).deployments).toMatchObject({
      'dep_1.0.0': { ready: 1 },
      'dep_1.0.1': { ready: 0 },
    });
  });

  it('names a command that does not exist and a name that nothing gives a value', async () => {
    const commands = [['no-such-command'], ['node', '${SHARD}']];
    const deployments = commands.map((command, i) => released(`1.0.${i}`, 50, { command }));
    await host.put(SLOT, { generation: 1, deployments });
    const { deployments: observed } = await host.settled(SLOT, 1);
    expect(observed.map((each) => each.failure?.message)).toEqual([
      'command not found: no-such-command',
      'command: nothing is known as ${SHARD}',
    ]);
  });

  it('leaves the predecessor where it is', async () => {
    const { url } = await host.put(SLOT, { generation: 1, deployments: [released('1.0.0', 100)] });
    await host.settled(SLOT, 1);
    await host.put(SLOT, { generation: 2, deployments: [released('2.0.0', 100, { config: { MODE: 'exits' } })] });
    const { deployments } = await host.settled(SLOT, 2);
    expect(deployments).toMatchObject([
      { version: '2.0.0', status: 'failed', weight: 0 },
      { version: '1.0.0', status: 'ready', weight: 100 },
    ]);
    expect(await (await fetch(url)).text()).toBe('1.0.0');
  });
});

describe('a noisy application', () => {
  it('prints 100 MB, is served, and its last lines are known', async () => {
    const { url } = await host.put(SLOT, {
      generation: 1,
      deployments: [released('1.0.0', 100, { config: { MODE: 'noisy' } })],
    });
    await host.settled(SLOT, 1);
    expect(await (await fetch(url)).text()).toBe('1.0.0');
    await eventually(
      async () => {
        const logs = (await (await host.request(`/v1/slots/${SLOT}/logs?lines=2`)).json()) as { lines: string[] };
        return logs.lines[0] === 'the end';
      },
      { what: 'the last line' },
    );
    // The host writes behind the application; between two files there is a moment without the newer one.
    const log = join(host.data, 'logs/shop-production-dep_1.0.0.log');
    const { size } = await eventually(() => stat(log), { what: 'a log file' });
    expect(size).toBeLessThan(8_000_000);
  });
});

describe('what an application starts in a group of its own', () => {
  const strays = (deploymentId: string) => processesWith(DEPLOYMENT_VARIABLE, deploymentId).length;

  it('ends with it, whether it is replaced or the host was killed', async () => {
    const stray = (version: string) => released(version, 100, { config: { MODE: 'stray' } });
    await host.put(SLOT, { generation: 1, deployments: [stray('1.0.0')] });
    await host.settled(SLOT, 1);
    await eventually(() => strays('dep_1.0.0') === 2, { what: 'application and stray' });
    await host.put(SLOT, { generation: 2, deployments: [stray('2.0.0')] });
    await host.settled(SLOT, 2);
    await eventually(() => strays('dep_1.0.0') === 0, { what: 'nothing of the old version' });
    const before = processesWith(DEPLOYMENT_VARIABLE, 'dep_2.0.0');
    await host.end('SIGKILL');
    await host.start();
    expect(before.every(isGone)).toBe(true);
    await host.end('SIGTERM');
    expect(strays('dep_2.0.0')).toBe(0);
  });
});

describe('the host', () => {
  it('when killed is restored within 5 s at the same port, without the processes of the old one', async () => {
    const parent = released('1.0.0', 100, { config: { MODE: 'parent' } });
    const { url } = await host.put(SLOT, { generation: 1, deployments: [parent] });
    const { epoch } = await host.settled(SLOT, 1);
    const old = await childPids();
    await host.end('SIGKILL');
    expect(old.some(isGone)).toBe(false);
    const killedAt = Date.now();
    await host.start();
    await eventually(async () => (await fetch(url)).ok, { withinMs: 5000, what: 'the application answers again' });
    expect(Date.now() - killedAt).toBeLessThan(5000);
    expect(old.every(isGone)).toBe(true);
    const restored = await host.settled(SLOT, 1);
    expect(restored).toMatchObject({ generation: 1, url });
    expect(restored.epoch).not.toBe(epoch);
  });

  it('leaves no process when it is stopped, also of those that ignore SIGTERM', async () => {
    const stubborn = released('1.0.0', 100, { config: { MODE: 'stubborn' }, stopTimeoutMs: 300, replicas: 2 });
    await host.put(SLOT, { generation: 1, deployments: [stubborn] });
    await host.settled(SLOT, 1);
    const pids = await childPids();
    expect(pids).toHaveLength(2);
    expect(await host.end('SIGTERM')).toBe(0);
    expect(pids.every(isGone)).toBe(true);
  });

  it('refuses a folder that another host uses and names it', async () => {
    const second = host.spawn();
    let printed = '';
    second.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    const [code] = (await once(second, 'close')) as [number];
    expect(code).toBe(1);
    expect(printed).toContain(`another host (pid ${host.pid}) uses`);
  });
});
