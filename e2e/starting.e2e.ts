import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { missingForJvmKafka } from '@signalbox/messaging';
import { eventually } from '@signalbox/testing';
import { Installation, root } from './support/installation.js';
import { Journey } from './support/journey.js';
import { Shop } from './support/shop.js';
import { Traffic } from './support/traffic.js';

const brokerOfOurOwn = process.env['KAFKA_BROKERS'] === undefined && (await missingForJvmKafka()) === undefined;
/** How it starts, and how many servers outlive a supervisor that is killed. */
const ways: [string, number, string[]][] = [
  ['embedded', 2, ['--no-demo']],
  ...(brokerOfOurOwn ? ([['on a Kafka of its own', 3, ['--kafka', '--no-demo']]] as [string, number, string[]][]) : []),
];

describe('a start', () => {
  afterAll(() => Installation.discardAll());

  it('in a folder where one runs already is refused and names the first; an unknown argument is refused', async () => {
    const first = new Installation(['--no-demo']);
    first.start();
    await first.ready();
    const second = new Installation(['--no-demo'], first.state);
    second.start();
    expect(await second.exit()).toBe(2);
    expect(second.output).toContain(`process ${first.pid}`);
    const odd = new Installation(['--odd']);
    odd.start();
    expect({ code: await odd.exit(), output: odd.output }).toEqual({
      code: 2,
      output: expect.stringContaining('unknown argument --odd'),
    });
    expect(await first.stop()).toBe(0);
    expect(first.processes()).toEqual([]);
    await Promise.all([first.discard(), odd.discard()]);
  }, 90_000);

  it.each(['bin/postgres', '/host/dist/bundle', '/platform/dist/bundle'])(
    'interrupted when %s has begun leaves no process',
    async (begun) => {
      const installation = new Installation(['--no-demo']);
      installation.start();
      await installation.runs(begun);
      expect(await installation.stop()).toBe(130);
      expect(installation.processes()).toEqual([]);
      await installation.discard();
    },
    60_000,
  );

  it('whose terminal closes leaves no process', async () => {
    const installation = new Installation(['--no-demo']);
    installation.start();
    await installation.ready();
    process.kill(installation.pid ?? 0, 'SIGHUP');
    expect(await installation.exit()).toBe(0);
    expect(installation.processes()).toEqual([]);
    await installation.discard();
  }, 60_000);

  it('waits for applications that take their time to end; a second Ctrl-C ends them and what they started', async () => {
    const installation = new Installation(['--no-demo']);
    installation.start();
    await installation.ready();
    const shop = new Shop({ name: 'stubborn', bake: '500ms' });
    const stubborn =
      "process.on('SIGTERM', () => undefined); require('node:child_process').spawn('sleep', ['9876'], { detached: true });";
    shop.write({ 'signalbox.yaml': shop.manifest().replace('stopTimeout: 2s', 'stopTimeout: 1m') });
    shop.write({ 'server.js': `${stubborn}\n${readFileSync(join(shop.directory, 'server.js'), 'utf8')}` });
    shop.commit('feat: never ends');
    const journey = new Journey(installation, shop.directory, shop.name);
    await journey.register();
    await journey.install();
    process.kill(installation.pid ?? 0, 'SIGINT');
    await installation.says(/released applications are ending/, 30_000);
    process.kill(installation.pid ?? 0, 'SIGINT');
    expect(await installation.exit()).toBe(0);
    expect(installation.processes()).toEqual([]);
    await installation.discard();
  }, 120_000);

  it.each(ways)(
    'that was killed, %s, leaves %s servers and what hangs, which a reset ends',
    async (_way, servers, args) => {
      const first = new Installation(args);
      first.start();
      await first.ready();
      expect(/^Kafka 127\.0\.0\.1:\d+$/m.test(first.output)).toBe(args.includes('--kafka'));
      const installation = args.includes('--kafka') ? await takenOver(first, args) : first;
      // It does not notice.
      process.kill(installation.pidOf('runner'), 'SIGSTOP');
      process.kill(installation.pid ?? 0, 'SIGKILL');
      await installation.exit();
      const reset = join(root, 'tools', 'launch', 'reset.mjs');
      const env = { ...process.env, SIGNALBOX_STATE: installation.state };
      const { stdout } = await promisify(execFile)(process.execPath, [reset], { env });
      expect(stdout).toMatch(new RegExp(`^(?:ending process \\d+\n){${servers + 1}}removed \\S+\n$`));
      expect(installation.processes()).toEqual([]);
      expect(existsSync(installation.state)).toBe(false);
    },
    150_000,
  );

  it('takes over the host and PostgreSQL of a supervisor that was killed, and users notice nothing', async () => {
    const first = new Installation(['--no-demo']);
    first.start();
    await first.ready();
    const shop = new Shop({ name: 'orphan', bake: '500ms' });
    const journey = new Journey(first, shop.directory, shop.name);
    await journey.register();
    await journey.install();
    const traffic = new Traffic(await journey.url(), 100);
    const host = first.pidOf('host');
    const hung = first.pidOf('runner');
    process.kill(hung, 'SIGSTOP');
    process.kill(first.pid ?? 0, 'SIGKILL');
    await eventually(async () => !first.processes().some(({ command }) => command.includes('/platform/dist')), {
      withinMs: 20_000,
      what: 'the platform to end',
    });
    const second = new Installation(['--no-demo'], first.state);
    second.start();
    await second.ready();
    expect(second.pidOf('host')).toBe(host);
    await second.says(new RegExp(`runner of an earlier start \\(process ${hung}\\) did not end and is killed`), 30_000);
    const { failures } = await traffic.stop();
    expect(failures).toEqual([]);
    expect(await second.stop()).toBe(0);
    expect(second.processes()).toEqual([]);
    await second.discard();
  }, 120_000);

  it('goes on where its host is started again and cannot be noted down', async () => {
    const installation = new Installation(['--no-demo']);
    installation.start();
    await installation.ready();
    const record = join(installation.state, 'embedded', 'host.pid');
    // In the place of the file that becomes the record.
    mkdirSync(`${record}.${installation.pid}`);
    process.kill((JSON.parse(readFileSync(record, 'utf8')) as { pid: number }).pid, 'SIGKILL');
    await installation.says(/host\.pid cannot be written: /, 30_000);
    await installation.ready();
    expect(await installation.stop()).toBe(0);
    expect(installation.processes()).toEqual([]);
    await installation.discard();
  }, 60_000);

  it('whose supervisor is killed takes its demo with it', async () => {
    const installation = new Installation([]);
    installation.start();
    await installation.ready();
    // From here on it would send requests to whatever comes next, for as long as the machine is up.
    await installation.says(/^Up: http/m, 120_000);
    const isDriven = () => installation.processes().some(({ command }) => command.includes('signalbox.mjs demo'));
    expect(isDriven()).toBe(true);
    process.kill(installation.pid ?? 0, 'SIGKILL');
    await eventually(() => !isDriven(), { withinMs: 20_000, what: 'the demo to end' });
    await installation.discard();
  }, 180_000);

  it('after a loss of power begins with records that have no content', async () => {
    const first = new Installation(['--no-demo']);
    first.start();
    await first.ready();
    await first.end();
    // Those of PostgreSQL are its own, and on the disk before it goes on.
    const ours = ['supervisor.pid', 'host.pid', 'host/host.lock', 'host/children.json'];
    for (const name of ours) truncateSync(join(first.state, 'embedded', name));
    const second = new Installation(['--no-demo'], first.state);
    second.start();
    await second.ready();
    expect(await second.stop()).toBe(0);
    await second.discard();
  }, 120_000);

  it('with --kafka but no Java says what to install', async () => {
    const installation = new Installation(['--kafka', '--no-demo'], undefined, {
      PATH: withoutJava(),
      KAFKA_BROKERS: '',
    });
    installation.start();
    expect({ code: await installation.exit(), output: installation.output }).toEqual({
      code: 2,
      output: expect.stringMatching(/needs Java 17 or newer[\s\S]*fix: install/),
    });
    expect(installation.processes()).toEqual([]);
    await installation.discard();
  }, 60_000);

  it('with brokers of which none answers says so before anything runs', async () => {
    const variables = { KAFKA_BROKERS: '127.0.0.1:1,nowhere.invalid:9092' };
    const installation = new Installation(['--cluster', '--no-demo'], undefined, variables);
    const began = Date.now();
    installation.start();
    expect({ code: await installation.exit(), output: installation.output }).toEqual({
      code: 2,
      output: expect.stringMatching(
        /^error: no Kafka broker answers at 127\.0\.0\.1:1, nowhere\.invalid:9092\nfix: KAFKA_BROKERS=.+\n$/,
      ),
    });
    expect(Date.now() - began).toBeLessThan(10_000);
    await installation.discard();
  }, 60_000);
});

/** Kills a supervisor and starts another in its place, which goes on with the broker that is left. */
async function takenOver(first: Installation, args: string[]): Promise<Installation> {
  const broker = () => first.processes().find(({ command }) => command.includes('kafka.Kafka'))?.pid;
  const left = broker();
  process.kill(first.pid ?? 0, 'SIGKILL');
  await first.exit();
  const second = new Installation(args, first.state);
  second.start();
  await second.ready();
  expect(left).toBeGreaterThan(0);
  expect(broker()).toBe(left);
  return second;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A PATH with the machine's programs, but neither Java nor Maven. */
function withoutJava(): string {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-path-'));
  folders.push(folder);
  for (const name of ['id', 'getent', 'sh', 'git']) {
    const program = ['/usr/bin', '/bin'].map((place) => join(place, name)).find((path) => existsSync(path));
    if (program) symlinkSync(program, join(folder, name));
  }
  return folder;
}
