import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { InstallationStatus } from '@signalbox/domain';
import { eventually } from '@signalbox/testing';
import { AuditedDatabase } from '../faults/audit.js';
import { environmentOf } from '../faults/processes.js';
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

  it('gets two further processes of a service that has one, and fewer, while a release is under way', async () => {
    const traffic = new Traffic(await journey.url(), 100);
    expect(await commanded('scale', 'planning=1')).toMatchObject({ code: 0 });
    shop.change('feat: grows');
    const release = await journey.release();
    await journey.until(release, 'the canary', (seen) => isCanaryAt(seen, 20));
    expect(await commanded('scale', 'planning=3')).toEqual({
      code: 0,
      told: expect.stringMatching(
        /^planning-2 ready in [\d.]+s\nplanning-3 ready in [\d.]+s\nplanning: 3 processes\n$/,
      ),
    });
    expect(await seenOf('planning')).toBe(3);
    const fewer = await commanded('scale', 'planning=1');
    expect(fewer).toEqual({
      code: 0,
      told: expect.stringMatching(
        /^planning-3 stopped in [\d.]+s\nplanning-2 stopped in [\d.]+s\nplanning: 1 process\n$/,
      ),
    });
    expect(secondsOfStops(fewer.told).filter((seconds) => seconds >= 10)).toEqual([]);
    expect(await seenOf('planning')).toBe(1);
    const ended = await journey.ended(release, 180_000);
    const { failures } = await traffic.stop();
    expect({ status: ended.status, failures }).toEqual({ status: 'completed', failures: [] });
  }, 300_000);

  it('ends a busy process that is asked to in time: it keeps no lease and leaves nothing unsent', async () => {
    const asked = ['planning', 'deployer', 'monitor'];
    expect(await commanded('scale', 'planning=1', 'deployer=1')).toMatchObject({ code: 0 });
    const traffic = new Traffic(await journey.url(), 100);
    shop.change('feat: goes on');
    const release = await journey.release();
    await journey.until(release, 'the canary', (seen) => isCanaryAt(seen, 20));
    // Each is an event of planning's, which is in the middle of them; what is not answered is nobody's concern here.
    const writing = Array.from({ length: 200 }, () => addFreeze());
    expect((await Promise.race(writing)).status).toBe(201);
    const ends = await Promise.all(asked.map((app) => endOf(app)));
    await Promise.allSettled(writing);
    const clean = { how: 'exit code 0', leases: 0, unsent: 0 };
    expect(ends).toEqual(asked.map((app) => ({ app, seconds: expect.any(Number), ...clean })));
    expect(ends.filter(({ seconds }) => seconds >= 10)).toEqual([]);
    const ended = await journey.ended(release, 180_000);
    const { failures } = await traffic.stop();
    expect({ status: ended.status, failures }).toEqual({ status: 'completed', failures: [] });
    expect(installation.output).not.toMatch(/was killed/);
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

  /** Of each process that a command has stopped. */
  function secondsOfStops(told: string): number[] {
    return [...told.matchAll(/ stopped in ([\d.]+)s$/gm)].map(([, seconds]) => Number(seconds));
  }

  /** How a service's one process ends when it is asked to, and what it has left behind. */
  async function endOf(app: string) {
    const { DATABASE_URL: url = '' } = environmentOf(installation.pidOf(app));
    const end = await installation.terminate(app);
    const [left] = await new AuditedDatabase(app, () => url).query<{ leases: number; unsent: number }>(
      `SELECT (SELECT count(*)::int FROM reconcile_lease WHERE until > now()) AS leases,
         (SELECT count(*)::int FROM outbox) AS unsent`,
    );
    return { app, ...end, ...left };
  }

  /** Of which nobody notices anything before it is over. */
  function addFreeze(): Promise<Response> {
    const [from, to] = [1, 2].map((hours) => new Date(Date.now() + hours * 3_600_000).toISOString());
    return fetch(`${installation.url}/v1/freezes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${installation.adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ from, to, reason: 'busy', scope: { environment: 'staging' } }),
    });
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
