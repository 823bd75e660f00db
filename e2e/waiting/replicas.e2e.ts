import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { InstallationStatus } from '@signalbox/domain';
import { eventually } from '@signalbox/testing';
import { following, signalbox } from '../support/cli.js';
import { Installation } from '../support/installation.js';
import { isCanaryAt, Journey } from '../support/journey.js';
import { Shop } from '../support/shop.js';
import { Traffic } from '../support/traffic.js';

// Left out of the run, which says so, where the machine has no Kafka (jest.config.mjs).
describe('a cluster with two processes of some services', () => {
  const installation = new Installation(['--cluster', '--no-demo', '--replicas', 'gateway=2,planning=2,deployer=2']);
  const shop = new Shop({ name: 'rolled', bake: '1s', minSuccess: 0.95 });
  const journey = new Journey(installation, shop.directory, shop.name);

  beforeAll(async () => {
    installation.start();
    await installation.ready();
    await journey.register();
    await journey.install();
  }, 240_000);

  afterAll(() => installation.discard());

  it('restarts one process after the other in mid-canary: the release completes, no request and no call fails', async () => {
    const traffic = new Traffic(await journey.url(), 100);
    shop.change('feat: rolls');
    const release = await journey.release();
    await journey.until(release, 'the canary', (seen) => isCanaryAt(seen, 20));
    const calls = new Traffic(installation.url, 20, '/v1/releases?limit=1', {
      authorization: `Bearer ${installation.adminKey}`,
    });
    const tail = following(installation, ['--json', 'events', 'tail', '--release', release.id]);
    await eventually(() => tail.lines.length > 0, { what: 'the first event' });
    const restart = new Installation(['--cluster', 'restart', 'gateway', 'planning', 'deployer'], installation.state);
    restart.start();
    expect({ code: await restart.exit(), told: restart.output }).toEqual({
      code: 0,
      told: expect.stringMatching(
        /^gateway restarted in .*\ngateway-2 restarted .*\nplanning restarted in [\d.]+s\nplanning-2 restarted .*\ndeployer restarted .*\ndeployer-2 restarted .*\n$/,
      ),
    });
    const ended = await journey.ended(release, 180_000);
    const [{ failures }, refused] = [await traffic.stop(), (await calls.stop()).failures];
    expect({ status: ended.status, failures, refused }).toEqual({ status: 'completed', failures: [], refused: [] });
    const isWhole = () => tail.lines.some((line) => line.includes('release.completed'));
    await eventually(async () => isWhole() && tail.lines.length >= (await archived(release)).length, {
      what: 'the tail to come to the end',
    });
    await tail.end();
    const told = tail.lines.map((line) => (JSON.parse(line) as { seq: number }).seq);
    expect((await archived(release)).slice(0, told.length)).toEqual(told);
  }, 300_000);

  it('gets further processes of a service, and fewer, while a release is under way', async () => {
    const traffic = new Traffic(await journey.url(), 100);
    shop.change('feat: grows');
    const release = await journey.release();
    await journey.until(release, 'the canary', (seen) => isCanaryAt(seen, 20));
    expect(await commanded('scale', 'planning=3')).toEqual({
      code: 0,
      told: expect.stringMatching(/^planning-3 ready in [\d.]+s\nplanning: 3 processes\n$/),
    });
    expect(await seenOf('planning')).toBe(3);
    expect(await commanded('scale', 'planning=1')).toEqual({
      code: 0,
      told: expect.stringMatching(/^planning-3 stopped in [\d.]+s\nplanning-2 stopped in .*\nplanning: 1 process\n$/),
    });
    expect(await seenOf('planning')).toBe(1);
    const ended = await journey.ended(release, 180_000);
    const { failures } = await traffic.stop();
    expect({ status: ended.status, failures }).toEqual({ status: 'completed', failures: [] });
  }, 300_000);

  it('gets a second process of a service that had one, on the port that its callers know', async () => {
    expect((await commanded('scale', 'monitor=2', 'feedback=2')).told).toMatch(
      /^monitor-2 ready in .*\nmonitor: 2 processes\nfeedback-2 ready in .*\nfeedback: 2 processes\n$/,
    );
    expect(await seenOf('monitor')).toBe(2);
    await installation.killAndAwait('monitor');
    expect(await signalbox(installation, ['doctor'])).toMatchObject({ code: 0 });
  }, 120_000);

  it('counts no process that cannot start, says why each time, and starts it when it can', async () => {
    const log = join(installation.state, 'kafka', 'logs', 'feedback-3.log');
    mkdirSync(log);
    const failed = { code: 1, told: expect.stringMatching(/^error: EISDIR: .*feedback-3\.log/) };
    expect([await commanded('scale', 'feedback=3'), await commanded('scale', 'feedback=3')]).toEqual([failed, failed]);
    rmdirSync(log);
    expect(await commanded('scale', 'feedback=3')).toEqual({
      code: 0,
      told: expect.stringMatching(/^feedback-3 ready in .*\nfeedback: 3 processes\n$/),
    });
  }, 60_000);

  /** A command in another terminal. */
  async function commanded(...args: string[]): Promise<{ code: number; told: string }> {
    const command = new Installation(['--cluster', ...args], installation.state);
    command.start();
    return { code: await command.exit(), told: command.output };
  }

  /** The numbers of all its events, the oldest first. */
  async function archived(release: { id: string }): Promise<number[]> {
    const path = `/v1/activities?releaseId=${release.id}&limit=200`;
    const { items } = await journey.api<{ items: { seq: number }[] }>('GET', path);
    return items.map(({ seq }) => seq).toSorted((a, b) => a - b);
  }

  /** How many processes of a service the doctor sees. */
  async function seenOf(service: string): Promise<number> {
    const { status } = JSON.parse((await signalbox(installation, ['--json', 'doctor'])).stdout) as {
      status: InstallationStatus;
    };
    return status.services.find((each) => each.service === service)?.status?.processes?.length ?? 0;
  }

  it('says what it can restart', async () => {
    const odd = new Installation(['--cluster', 'restart', 'planing'], installation.state);
    odd.start();
    expect({ code: await odd.exit(), output: odd.output }).toEqual({
      code: 2,
      output: expect.stringMatching(/^error: there is no service planing; there are gateway, planning,/),
    });
  }, 30_000);
});
