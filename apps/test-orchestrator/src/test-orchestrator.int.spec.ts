import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  draft,
  effective,
  gateEvaluated,
  manifest,
  stageCancelled,
  stageProgressed,
  stageRequested,
  taskCancelled,
  taskFinished,
  taskProgressed,
  taskRequested,
  taskrunFinished,
  taskrunStarted,
} from '@signalbox/domain';
import { testOrchestrator } from '@signalbox/test-orchestrator';
import { person, ServiceUnderTest } from '@signalbox/testing';

const digest = `sha256:${'b'.repeat(64)}`;
const running = {
  releaseId: 'rel',
  version: '1.1.0',
  digest: `sha256:${'a'.repeat(64)}`,
  purl: 'pkg:generic/shop@1.1.0',
  deploymentId: 'dep',
  slotVersion: 7,
};

let service: ServiceUnderTest;
let store: Server;
/** What the store has under `digest`; nothing: 404. */
let report: string | undefined;
/** How often the store is away before it answers. */
let outages = 0;

beforeAll(async () => {
  store = createServer((request, response) => {
    outages -= 1;
    const isThere = report !== undefined && request.url?.includes(digest.slice(7));
    response.statusCode = outages >= 0 ? 500 : isThere ? 200 : 404;
    response.end(report);
  }).listen(0, '127.0.0.1');
  await once(store, 'listening');
  const url = `http://127.0.0.1:${(store.address() as AddressInfo).port}`;
  service = await ServiceUnderTest.start(testOrchestrator, { STORE_URL: url, STORE_KEY: 'a-key-of-the-store' });
});
afterAll(async () => {
  await service?.stop();
  await new Promise((resolve) => store.close(resolve));
});

/** Planning asks for the suites of `rel_<id>`. @returns the tasks that the service asks of runners for them */
async function ask(id: string, suites: object[] = [{ name: 'api', run: ['npm', 'test'], junit: 'out.xml' }]) {
  const releaseId = `rel_${id}`;
  const definition = effective(
    manifest.parse({
      apiVersion: 'signalbox/v1',
      name: 'shop',
      runtime: { command: ['node', 'server.js'] },
      environments: { staging: { suites } },
    }),
  );
  const content = {
    releaseId,
    application: 'shop',
    team: 'shop',
    version: '1.1.0',
    stage: 'test-staging',
    kind: 'test' as const,
    environment: 'staging',
    attempt: 1,
    commit: 'c0ffee',
    repository: { location: '/shop', path: '.' },
    definition,
    target: { url: 'http://localhost:4701', metricsUrl: 'http://localhost:4610', current: { ...running, releaseId } },
    startBy: new Date().toISOString(),
    silentAfter: 'PT60S',
  };
  await service.say(draft(stageRequested, { subject: `${releaseId}:test-staging:1`, chainId: releaseId, content }));
  const mine = () => service.heardOf(taskRequested).filter(({ chainId }) => chainId === releaseId);
  await service.hear(taskRequested, () => mine().length === suites.length);
  return mine().map(({ content: { taskId } }) => ({ taskId, releaseId }));
}

function finished(task: { taskId: string; releaseId: string } | undefined, more: object) {
  if (!task) throw new Error('no task was asked for');
  const content = { ...task, requestedBy: 'test-orchestrator', outcome: 'succeeded' as const, ...more };
  return service.say(draft(taskFinished, { subject: task.taskId, chainId: task.releaseId, content }));
}

async function answerTo(id: string) {
  const { customData } = await service.hear(taskrunFinished, ({ chainId }) => chainId === `rel_${id}`);
  return customData;
}

async function runOf(id: string, caller = person('viewer')) {
  const { items } = await service.get<{ items: { id: string }[] }>(`/v1/test-runs?releaseId=rel_${id}`, caller);
  return items;
}

const junit = (failed: boolean) =>
  `<testsuite><testcase name="adds" file="cart.js">${failed ? '<failure message="expected 2, got 1">at cart.js:31:5</failure>' : ''}</testcase><testcase name="empties"/></testsuite>`;

describe('test-orchestrator', () => {
  it('is blocked where no runner is online, and not while all are busy', async () => {
    const [task] = await ask('waits');
    const wait = (more: object) =>
      service.say(
        draft(taskProgressed, {
          subject: task?.taskId ?? '',
          chainId: 'rel_waits',
          content: { taskId: '', releaseId: 'rel_waits', ...task, state: 'waiting_for_runner', ...more },
        }),
      );
    const told = () => service.heardOf(stageProgressed).filter(({ chainId }) => chainId === 'rel_waits');
    await wait({ detail: '0 online for 10s', noRunner: true });
    await service.hear(stageProgressed, () => told().length === 1);
    await wait({ detail: 'every runner is busy' });
    await service.hear(stageProgressed, () => told().length === 2);
    expect(told().map(({ content }) => content.waiting.map(({ code }) => code))).toEqual([['no_runner'], []]);
  });

  it('reads the report a runner has left, and answers once, with the policy and its inputs', async () => {
    report = junit(false);
    const [task] = await ask('good');
    await service.hear(taskrunStarted, ({ chainId }) => chainId === 'rel_good');
    await finished(task, { reportDigest: digest });
    expect(await answerTo('good')).toMatchObject({
      stage: 'test-staging',
      attempt: 1,
      outcome: 'succeeded',
      outputs: { tests: { passed: 2, failed: 0 } },
    });
    const gate = await service.hear(gateEvaluated, ({ chainId }) => chainId === 'rel_good');
    expect(gate.content).toMatchObject({ policy: 'tests-passed', result: 'passed', inputs: { min: 1, passed: 2 } });
    await finished(task, { outcome: 'failed' });
    const [run] = await runOf('good');
    expect(await service.get(`/v1/test-runs/${run?.id}`)).toMatchObject({
      outcome: 'succeeded',
      releaseId: 'rel_good',
    });
  });

  it('names the failing case with its message and place, after a store that was away for a moment', async () => {
    report = junit(true);
    outages = 2;
    const [task] = await ask('bad');
    await finished(task, { outcome: 'failed', reportDigest: digest });
    expect(await answerTo('bad')).toMatchObject({
      outcome: 'failed',
      reason: 'tests_failed',
      detail: '1 of 2',
      outputs: { tests: { failures: [{ name: 'adds', message: 'expected 2, got 1', place: 'cart.js:31' }] } },
    });
  });

  it('fails with a report that the store does not have', async () => {
    report = undefined;
    const [task] = await ask('gone');
    await finished(task, { reportDigest: digest });
    expect(await answerTo('gone')).toMatchObject({
      outcome: 'failed',
      detail: expect.stringContaining('not in the store'),
    });
  });

  it('has no opinion on the policy when a suite could not find out', async () => {
    const [task] = await ask('unknown');
    await finished(task, { outcome: 'errored', reason: 'wrong_version', detail: 'serves 1.0.0@6' });
    expect(await answerTo('unknown')).toMatchObject({ outcome: 'errored', reason: 'wrong_version' });
    const [run] = await runOf('unknown');
    expect(run).not.toHaveProperty('evaluation');
    expect(service.heardOf(gateEvaluated).filter(({ chainId }) => chainId === 'rel_unknown')).toEqual([]);
  });

  it('cancels its tasks with the stage, and takes no late answer', async () => {
    const [task] = await ask('stopped');
    const content = {
      releaseId: 'rel_stopped',
      application: 'shop',
      version: '1.1.0',
      stage: 'test-staging',
      attempt: 1,
    };
    const cancelled = { ...content, kind: 'test' as const, reason: 'changed my mind' };
    await service.say(draft(stageCancelled, { subject: 'rel_stopped', chainId: 'rel_stopped', content: cancelled }));
    await service.hear(taskCancelled, ({ content: { taskId } }) => taskId === task?.taskId);
    expect(await answerTo('stopped')).toMatchObject({ outcome: 'cancelled' });
    await finished(task, {});
    await ask('after');
    expect(await runOf('stopped')).toMatchObject([{ status: 'ended', outcome: 'cancelled' }]);
  });

  it('shows runs to those who may see their application, and hides them from others', async () => {
    const [run] = await runOf('good');
    expect(await runOf('good', person('viewer', 'blog'))).toEqual([]);
    const hidden = await service.call('GET', `/v1/test-runs/${run?.id}`, person('viewer', 'blog'));
    const absent = await service.call('GET', '/v1/test-runs/run_none', person('viewer', 'blog'));
    expect([hidden.status, absent.status]).toEqual([404, 404]);
  });
});
