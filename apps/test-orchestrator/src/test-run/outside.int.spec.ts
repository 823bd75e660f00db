import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  draft,
  effective,
  manifest,
  stageProgressed,
  stageRequested,
  taskRequested,
  taskrunFinished,
  testSuiteRunFinished,
  topics,
} from '@signalbox/domain';
import { testOrchestrator } from '@signalbox/test-orchestrator';
import { eventually, person, ServiceUnderTest } from '@signalbox/testing';

interface Missed {
  code: string;
  source: string;
  eventId: string;
  releaseId: string | null;
}

let service: ServiceUnderTest;
beforeAll(async () => {
  const own = { STORE_URL: 'http://127.0.0.1:9', STORE_KEY: 'a-key-of-the-store' };
  service = await ServiceUnderTest.start(testOrchestrator, own, { EVENT_SOURCES: 'argo=/argo,jenkins=/jenkins' });
});
afterAll(() => service?.stop());

const load = { name: 'load', executor: { event: 'argo' }, timeout: '10m' };

/** What planning asks of `rel_<id>`. */
function requestOf(id: string, suites: object[], attempt: number) {
  const releaseId = `rel_${id}`;
  const definition = effective(
    manifest.parse({
      apiVersion: 'signalbox/v1',
      name: 'shop',
      runtime: { command: ['node', 'server.js'] },
      environments: { staging: { suites } },
    }),
  );
  const current = { releaseId, version: '1.1.0', digest: `sha256:${'a'.repeat(64)}`, purl: 'pkg:generic/shop@1.1.0' };
  return {
    releaseId,
    application: 'shop',
    team: 'shop',
    version: '1.1.0',
    stage: 'test-staging',
    kind: 'test' as const,
    environment: 'staging',
    attempt,
    commit: 'c0ffee',
    repository: { location: '/shop', path: '.' },
    definition,
    target: {
      url: 'http://localhost:4701',
      metricsUrl: 'http://localhost:4610',
      current: { ...current, deploymentId: 'dep', slotVersion: 7 },
    },
    startBy: new Date().toISOString(),
    silentAfter: 'PT60S',
  };
}

/** Planning asks for suites of `rel_<id>`. @returns the id of the request */
async function ask(id: string, suites: object[] = [load], { attempt = 1, awaited = true } = {}): Promise<string> {
  const content = requestOf(id, suites, attempt);
  const { releaseId } = content;
  await service.say(draft(stageRequested, { subject: `${releaseId}:${attempt}`, chainId: releaseId, content }));
  const isMine = ({ chainId, content: told }: { chainId?: string; content: { attempt: number } }) =>
    chainId === releaseId && told.attempt === attempt;
  if (awaited) await service.hear(stageProgressed, isMine);
  const request = await service.hear(stageRequested, isMine);
  return request.id;
}

/** The same, as an event whose id is known before it is there. */
async function askAs(eventId: string, id: string): Promise<void> {
  const content = requestOf(id, [load], 1);
  const headers = {
    ce_specversion: '1.0',
    ce_id: eventId,
    ce_source: '/signalbox/planning',
    ce_type: stageRequested.type,
    ce_time: new Date().toISOString(),
    ce_chainid: content.releaseId,
    ce_aggid: content.releaseId,
    ce_aggversion: '1',
  };
  const value = JSON.stringify({ context: {}, subject: { id: `${content.releaseId}:1`, content } });
  await service.write({ topic: topics.planning, key: content.releaseId, headers, value });
}

/** A tool outside writes to the topic of its source. @returns the event's id */
async function report(
  {
    id = randomUUID(),
    source = 'argo',
    from = `/${source}`,
    type = testSuiteRunFinished.type,
  }: Partial<Record<'id' | 'source' | 'from' | 'type', string>>,
  context: object,
  content: object = { environment: { id: 'staging' }, outcome: 'success' },
): Promise<string> {
  const attributes = { specversion: '1.0', id, source: from, type, time: new Date().toISOString() };
  const headers = Object.entries(attributes).map(([name, value]) => [`ce_${name}`, value] as const);
  const value = JSON.stringify({ context, subject: { id: 'load-7', content } });
  const topic = `signalbox.inbound.${source}`;
  await service.write({ topic, key: 'k', headers: Object.fromEntries(headers), value });
  return id;
}

const linkTo = (contextId: string) => ({
  links: [{ linkType: 'RELATION', linkKind: 'TRIGGER', target: { contextId } }],
});
/** Ours; what the tool outside says of the same type is heard too. */
const isAnswer = (id: string, { topic, chainId }: { topic: string; chainId?: string }) =>
  topic === topics.test && chainId === `rel_${id}`;
const answers = (id: string) => service.heardOf(taskrunFinished).filter((event) => isAnswer(id, event));
const answerTo = async (id: string, attempt = 1) => {
  const { customData } = await service.hear(
    taskrunFinished,
    (event) => isAnswer(id, event) && event.customData.attempt === attempt,
  );
  return customData;
};
const missed = async (eventId: string) =>
  eventually(
    async () => {
      const { items } = await service.get<{ items: Missed[] }>('/v1/missed-reports');
      return items.find((each) => each.eventId === eventId);
    },
    { what: 'the report is listed' },
  );

describe('a suite that a tool outside does', () => {
  it('asks no runner, says whom it waits for, and ends with what is reported of its request', async () => {
    const request = await ask('linked');
    const { content } = await service.hear(stageProgressed, ({ chainId }) => chainId === 'rel_linked');
    expect(content.waiting).toMatchObject([{ code: 'event_awaited', who: 'argo', liftsAt: expect.any(String) }]);
    await report({}, linkTo(request), { environment: { id: 'staging' }, outcome: 'failure', reason: 'p99 of 2 s' });
    expect(await answerTo('linked')).toMatchObject({ outcome: 'failed', detail: 'p99 of 2 s', attempt: 1 });
    expect(service.heardOf(taskRequested).filter(({ chainId }) => chainId === 'rel_linked')).toEqual([]);
  });

  it.each([
    ['success', 'succeeded'],
    ['failure', 'failed'],
    ['error', 'errored'],
    ['cancel', 'cancelled'],
    ['green', 'errored'],
  ])('reported as a task run of its release, %s: %s', async (reported, outcome) => {
    await ask(reported);
    const task = { taskName: 'load', outcome: reported };
    const id = await report({ type: taskrunFinished.type }, { chainId: `rel_${reported}` }, task);
    expect(await answerTo(reported)).toMatchObject({ outcome });
    // The same once more is nothing new.
    await report({ id, type: taskrunFinished.type }, { chainId: `rel_${reported}` }, { outcome: 'failure' });
    await missed(await report({}, { chainId: 'rel_nobody' }));
    expect(answers(reported)).toHaveLength(1);
  });

  it('takes what was reported of its request before the request was known here', async () => {
    const requestId = randomUUID();
    await missed(await report({}, linkTo(requestId), { environment: { id: 'staging' }, outcome: 'failure' }));
    await askAs(requestId, 'early');
    expect(await answerTo('early')).toMatchObject({ outcome: 'failed' });
  });

  it('is left alone by what is forged, of another source, or of an attempt that is over', async () => {
    const first = await ask('guarded');
    await report({ from: '/jenkins' }, linkTo(first));
    const other = await missed(await report({ source: 'jenkins' }, linkTo(first)));
    expect(other).toMatchObject({ code: 'source_not_allowed', source: 'jenkins' });
    expect(answers('guarded')).toEqual([]);
    await report({}, linkTo(first), { environment: { id: 'staging' }, outcome: 'error' });
    expect(await answerTo('guarded')).toMatchObject({ outcome: 'errored' });

    await ask('guarded', [load], { attempt: 2 });
    expect(await missed(await report({}, linkTo(first)))).toMatchObject({ code: 'attempt_over' });
    expect(answers('guarded')).toHaveLength(1);
    await report({}, { chainId: 'rel_guarded' });
    expect(await answerTo('guarded', 2)).toMatchObject({ outcome: 'succeeded' });
  });

  it('is named where several wait for one source', async () => {
    await ask('two', [load, { ...load, name: 'soak' }]);
    expect(await missed(await report({}, { chainId: 'rel_two' }))).toMatchObject({ code: 'ambiguous' });
    const suite = (name: string) => ({
      environment: { id: 'staging' },
      outcome: 'success',
      testSuite: { id: name, name },
    });
    await report({}, { chainId: 'rel_two' }, suite('soak'));
    await report({}, { chainId: 'rel_two' }, suite('load'));
    expect(await answerTo('two')).toMatchObject({ outcome: 'succeeded', outputs: { tests: { passed: 2 } } });
  });

  it('is errored when nobody has reported it in time', async () => {
    await ask('silent', [{ ...load, timeout: '1s' }]);
    expect(await answerTo('silent')).toMatchObject({
      outcome: 'errored',
      reason: 'source_silent',
      detail: 'suite load: argo has not reported it in time',
    });
  });

  it('is errored at once when nobody has declared its source', async () => {
    await ask('undeclared', [{ ...load, executor: { event: 'nobody' } }], { awaited: false });
    expect(await answerTo('undeclared')).toMatchObject({
      outcome: 'errored',
      reason: 'source_undeclared',
      detail: 'suite load: EVENT_SOURCES declares no nobody',
    });
  });

  it('is shown when nothing was meant by it, to those who may see everything', async () => {
    const id = await report({}, {});
    expect(await missed(id)).toMatchObject({ code: 'unmatched', source: 'argo', releaseId: null });
    const answer = await service.call('GET', '/v1/missed-reports', person('viewer', 'shop'));
    expect(answer.status).toBe(403);
  });
});
