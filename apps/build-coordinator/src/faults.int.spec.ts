import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { lease as leaseShape, stageProgressed, taskProgressed } from '@signalbox/domain';
import type { Lease } from '@signalbox/domain';
import { eventually } from '@signalbox/testing';
import { Installation, runnerKey } from '../testing/installation.js';
import { aRepository } from '../testing/repository.js';
import type { TestRepository } from '../testing/repository.js';

/** Prints, starts a child in a session of its own, and never ends. */
const endless = `
const { spawn } = require('node:child_process');
spawn('sleep', ['7777'], { detached: true, stdio: 'ignore' }).unref();
spawn('sleep', ['7778']);
process.on('SIGTERM', () => undefined);
console.log('going');
setInterval(() => undefined, 1000);`;

let installation: Installation;
let repository: TestRepository;
const steps = (script: string) => ({ steps: [{ run: ['node', '-e', script] }] });

beforeAll(async () => {
  installation = await Installation.start();
  repository = await aRepository(installation.folder, { 'a.txt': 'a' });
});
afterEach(() => installation.endRunners());
afterAll(() => installation.stop());

async function call(path: string, credential: string, body: object): Promise<Response> {
  const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' };
  return fetch(`${installation.storeUrl}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function takeLease(): Promise<Lease> {
  const answer = await call('/v1/leases', runnerKey, { runner: 'by hand', waitMs: 10_000 });
  expect(answer.status).toBe(200);
  return leaseShape.parse(await answer.json());
}

/** Whether any process runs `sleep` for so many seconds. */
function sleeps(seconds: number): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `sleep\0${seconds}\0`;
      } catch {
        return false;
      }
    });
}

describe('a build in trouble', () => {
  it('is cancelled within 5 s, with every process that it has started', async () => {
    installation.startRunner();
    const releaseId = await installation.requestBuild(repository, steps(endless));
    await eventually(() => sleeps(7777) && sleeps(7778), { what: 'the step runs' });
    await installation.cancelBuild(releaseId);
    await eventually(() => !sleeps(7777) && !sleeps(7778), { withinMs: 5_000, what: 'its processes are gone' });
    expect(await installation.buildEnd(releaseId)).toMatchObject({
      outcome: 'cancelled',
      detail: 'cancelled by a person',
    });
  });

  it('is cancelled at once while no runner has it', async () => {
    const releaseId = await installation.requestBuild(repository, steps(endless));
    await installation.cancelBuild(releaseId);
    expect(await installation.buildEnd(releaseId, 3_000)).toMatchObject({ outcome: 'cancelled' });
  });

  it('is errored when its runner is killed, whose next start ends what it has left', async () => {
    const runner = installation.startRunner();
    const releaseId = await installation.requestBuild(repository, steps(endless));
    await eventually(() => sleeps(7778), { what: 'the step runs' });
    await installation.endRunner(runner, 'SIGKILL');
    expect(sleeps(7778)).toBe(true);
    installation.startRunner();
    await eventually(() => !sleeps(7778) && !sleeps(7777), { what: 'the leftovers are ended' });
    expect(await installation.buildEnd(releaseId, 25_000)).toMatchObject({
      outcome: 'errored',
      reason: 'lease_expired',
    });
  });

  it('is errored when its runner is stopped, within 10 s', async () => {
    const runner = installation.startRunner();
    const releaseId = await installation.requestBuild(repository, steps(endless));
    await eventually(() => sleeps(7778), { what: 'the step runs' });
    const since = Date.now();
    await installation.endRunner(runner, 'SIGTERM');
    expect(Date.now() - since).toBeLessThan(10_000);
    expect(await installation.buildEnd(releaseId)).toMatchObject({ outcome: 'errored', reason: 'runner_stopped' });
    expect(sleeps(7778)).toBe(false);
  });

  it('goes on while the coordinator is away', async () => {
    installation.startRunner();
    const releaseId = await installation.requestBuild(repository, { steps: [{ run: ['sleep', '4'] }] });
    await eventually(() => sleeps(4), { what: 'the step runs' });
    await installation.stopCoordinator();
    await eventually(() => !sleeps(4), { what: 'the step has ended' });
    await installation.startCoordinator();
    expect(await installation.buildEnd(releaseId)).toMatchObject({ outcome: 'succeeded' });
  });

  it('may print 100 MB: head and tail are kept', async () => {
    installation.startRunner();
    const print = { run: ['sh', '-c', 'echo first; yes xxxxxxxxx | head -c 100000000; echo last'] };
    const releaseId = await installation.requestBuild(repository, { steps: [print] });
    const end = await installation.buildEnd(releaseId, 40_000);
    expect(end.outcome).toBe('succeeded');
    const { taskId } = (end.outputs?.evidence ?? {}) as { taskId?: string };
    const log = await (await installation.get(`/v1/tasks/${taskId}/logs`)).text();
    expect(log.length).toBeLessThan(11 * 1_048_576);
    expect(log).toContain('\nfirst\n');
    expect(log).toMatch(/MiB of output not kept/);
    expect(log).toContain('\nlast\n');
  });

  it('fails when a step forks without end', async () => {
    installation.startRunner();
    const forks = { run: ['sh', '-c', 'i=0; while [ $i -lt 700 ]; do sleep 7779 & i=$((i+1)); done; wait'] };
    const releaseId = await installation.requestBuild(repository, { steps: [forks] });
    const end = await installation.buildEnd(releaseId);
    expect(end.detail).toContain('ran more than 512 processes at once');
    expect(sleeps(7779)).toBe(false);
  });

  it('says that there is no runner, and goes on when there is one; so does a test task', async () => {
    const releaseId = await installation.requestBuild(repository, steps(''));
    const target = { url: 'http://127.0.0.1:9', version: '1.0.0', slotVersion: 1 };
    const taskId = await installation.requestTest(repository, {}, target);
    const waits = await installation.hear(
      stageProgressed,
      ({ content }) => content.releaseId === releaseId && content.waiting.length > 0,
      25_000,
    );
    expect(waits.content.waiting).toEqual([
      { code: 'no_runner', detail: '0 online for 10s', who: 'operator', command: 'doctor' },
    ]);
    const told = await installation.hear(taskProgressed, ({ content }) => content.taskId === taskId);
    expect(told.content).toMatchObject({ state: 'waiting_for_runner', noRunner: true });
    await installation.cancelTest(taskId);
    expect(await installation.testEnd(taskId)).toMatchObject({
      outcome: 'cancelled',
      requestedBy: 'test-orchestrator',
    });
    installation.startRunner();
    expect((await installation.buildEnd(releaseId)).outcome).toBe('succeeded');
  });
});

describe('a lease', () => {
  it('is refused without the right key, and good for nothing but its own task', async () => {
    expect((await call('/v1/leases', 'wrong-key-wrong-key', { runner: 'x', waitMs: 0 })).status).toBe(401);
    await installation.requestBuild(repository, steps(''));
    const lease = await takeLease();
    expect((await call('/v1/leases/lse_other/heartbeats', lease.taskToken, {})).status).toBe(403);
    expect((await call(`/v1/leases/${lease.leaseId}/heartbeats`, runnerKey, {})).status).toBe(401);
    await call(`/v1/leases/${lease.leaseId}/results`, lease.taskToken, {
      fencingToken: lease.fencingToken,
      outcome: 'failed',
    });
  });

  it('takes the first result with its own fencing token, again if need be, and no other', async () => {
    const releaseId = await installation.requestBuild(repository, steps(''));
    const { leaseId, taskToken, fencingToken } = await takeLease();
    const report = (fence: number, detail: string) =>
      call(`/v1/leases/${leaseId}/results`, taskToken, { fencingToken: fence, outcome: 'failed', detail });
    expect((await report(fencingToken - 1, 'stale')).status).toBe(409);
    expect((await report(fencingToken, 'first')).status).toBe(204);
    expect((await report(fencingToken, 'first')).status).toBe(204);
    const late = await report(fencingToken, 'second');
    expect([late.status, ((await late.json()) as { code: string }).code]).toEqual([409, 'lease_lost']);
    expect((await installation.buildEnd(releaseId)).detail).toBe('first');
  });

  it('is given to one runner only', async () => {
    const releases = await Promise.all([1, 2, 3].map(() => installation.requestBuild(repository, steps(''))));
    const leases = await Promise.all([1, 2, 3].map(() => takeLease()));
    expect(new Set(leases.map(({ taskId }) => taskId)).size).toBe(releases.length);
    for (const { leaseId, taskToken, fencingToken } of leases) {
      await call(`/v1/leases/${leaseId}/results`, taskToken, { fencingToken, outcome: 'failed' });
    }
  });
});
