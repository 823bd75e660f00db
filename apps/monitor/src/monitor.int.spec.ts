import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  analysisFinished,
  analysisJudged,
  applicationDefined,
  draft,
  incidentDetected,
  incidentReported,
  incidentResolved,
  stageCancelled,
  stageProgressed,
  taskrunFinished,
  taskrunStarted,
} from '@signalbox/domain';
import type { Judgement } from '@signalbox/domain';
import { monitor } from '@signalbox/monitor';
import type { Database } from '@signalbox/persistence';
import { eventually, person, ServiceUnderTest } from '@signalbox/testing';
import { hostKey, RouterCounters } from '../testing/router-counters.js';
import { analysisEnd, analysisWish, definition, watchWish } from '../testing/wishes.js';

let service: ServiceUnderTest;
let router: RouterCounters;
/** Of the process that began last. */
let database: Database;

beforeAll(async () => {
  const opened: typeof monitor = {
    ...monitor,
    module: (context) => {
      ({ database } = context);
      return monitor.module(context);
    },
  };
  service = await ServiceUnderTest.start(opened, { ALLOW_PRIVATE: true, HOST_KEY: hostKey });
  router = await RouterCounters.start();
  const content = { application: 'shop', team: 'shop', definitionVersion: 1, definition: definition() };
  await service.say(draft(applicationDefined, { subject: 'shop', key: 'application/shop', content }));
});
afterAll(async () => {
  await service.stop();
  await router.stop();
});

/** Begins an analysis of `<id>-new` against `<id>-old`, which has served a thousand requests in 4 ms each. */
async function analyse(id: string, served = router): Promise<void> {
  served.serve(`${id}-old`, { requests: 1_000 });
  served.serve(`${id}-new`, { requests: 0 });
  await service.say(analysisWish({ id, metricsUrl: served.url }));
  await judgementOf(id, () => true);
}

async function judgementOf(id: string, is: (judgement: Judgement) => boolean): Promise<Judgement> {
  const ours = (judgement: Judgement) => judgement.analysisId === `ana_${id}` && is(judgement);
  return (await service.hear(analysisJudged, ({ content }) => ours(content))).content;
}

function lastNumber(id: string): number {
  const numbers = service.heardOf(analysisJudged).filter(({ content }) => content.analysisId === `ana_${id}`);
  return Math.max(0, ...numbers.map(({ content }) => content.number));
}

describe('an analysis', () => {
  it('passes a healthy canary, with the counts it is made of', async () => {
    await analyse('healthy');
    router.serve('healthy-new', { requests: 380 });
    router.serve('healthy-old', { requests: 1_521 });
    const judgement = await judgementOf('healthy', ({ verdict }) => verdict === 'passed');
    expect(judgement).toMatchObject({
      canary: { requests: 380, failed: 0 },
      needed: 376,
      limit: 20,
      summary: '20 % passed: 0 of 380 failed, 1.0.0 0 of 1521',
    });
    expect(judgement.evidence).toBeGreaterThan(20);
  });

  it('fails one that fails in a fifth of its requests, and goes on saying so', async () => {
    await analyse('broken');
    router.serve('broken-new', { requests: 41, errors: 8 });
    router.serve('broken-old', { requests: 163 });
    const judgement = await judgementOf('broken', ({ verdict }) => verdict === 'failed');
    expect(judgement.summary).toMatch(/^20 % FAILED: 8 of 41, 1\.0\.0 0 of 163; evidence \d+:1, limit 100:1$/);
    router.serve('broken-new', { requests: 5_000 });
    router.serve('broken-old', { requests: 20_000, errors: 200 });
    const later = await judgementOf('broken', ({ canary }) => canary.requests > 5_000);
    expect(later.verdict).toBe('failed');
  });

  it('fails one that is slower by 100 ms in one interval after the other, without an error', async () => {
    await analyse('slow');
    let [intervals, judgement]: [number, Judgement | undefined] = [0, undefined];
    while (judgement?.verdict !== 'failed' && intervals < 20) {
      intervals += 1;
      router.serve('slow-old', { requests: 400 });
      router.serve('slow-new', { requests: 100, tookMs: 104 });
      judgement = await judgementOf('slow', ({ canary }) => canary.requests === 100 * intervals);
    }
    expect(intervals).toBeGreaterThanOrEqual(7);
    expect(judgement?.summary).toMatch(/^20 % FAILED: (\d+) of \1 over 50 ms, 1\.0\.0 0 of \d+; /);
  });

  it('says how many requests are missing', async () => {
    await analyse('quiet');
    expect(await judgementOf('quiet', ({ number }) => number === 1)).toMatchObject({
      verdict: 'inconclusive',
      summary: '0 of 376 requests',
    });
    router.serve('quiet-new', { requests: 37 });
    const judgement = await judgementOf('quiet', ({ canary }) => canary.requests === 37);
    expect(judgement).toMatchObject({ verdict: 'inconclusive', needed: 376, summary: '37 of 376 requests' });
  });

  it('counts for a new step only what is served in it', async () => {
    await analyse('steps');
    router.serve('steps-new', { requests: 400 });
    await judgementOf('steps', ({ verdict }) => verdict === 'passed');
    await service.say(analysisWish({ id: 'steps', metricsUrl: router.url, weight: 50, step: 2 }));
    const first = await judgementOf('steps', ({ step }) => step === 2);
    expect(first).toMatchObject({ verdict: 'inconclusive', canary: { requests: 0, failed: 0 } });
    router.serve('steps-new', { requests: 379 });
    router.serve('steps-old', { requests: 382 });
    const passed = await judgementOf('steps', ({ step, verdict }) => step === 2 && verdict === 'passed');
    expect(passed.summary).toBe('50 % passed: 0 of 379 failed, 1.0.0 0 of 382');
  });

  it('leaves out the interval in which the host began anew', async () => {
    // A router of its own: its looks are this analysis's alone.
    const restarted = await RouterCounters.start();
    try {
      await analyse('reset', restarted);
      restarted.serve('reset-new', { requests: 30 });
      await judgementOf('reset', ({ canary }) => canary.requests === 30);
      restarted.restart();
      restarted.serve('reset-new', { requests: 500, errors: 500 });
      restarted.serve('reset-old', { requests: 2_000 });
      const seen = restarted.looks;
      await eventually(() => restarted.looks > seen + 2, { what: 'looks after the restart' });
      restarted.serve('reset-new', { requests: 7 });
      const judgement = await judgementOf('reset', ({ canary }) => canary.requests === 37);
      expect(judgement).toMatchObject({ verdict: 'inconclusive', canary: { requests: 37, failed: 0 } });
    } finally {
      await restarted.stop();
    }
  });

  it('invents nothing while the counters cannot be read, and says so', async () => {
    await analyse('unreadable');
    router.setDown(true);
    const unreadable = await eventually(
      async () => (await service.get<{ unreadable?: { reason: string } }>('/v1/analyses/ana_unreadable')).unreadable,
      { what: 'the analysis is shown as unreadable' },
    );
    expect(unreadable.reason).toMatch(/answers 503$/);
    router.setDown(false);
    router.serve('unreadable-new', { requests: 12 });
    await judgementOf('unreadable', ({ canary }) => canary.requests === 12);
  });

  it('keeps its evidence over a restart and goes on numbering', async () => {
    await analyse('restart');
    router.serve('restart-new', { requests: 300 });
    await judgementOf('restart', ({ canary }) => canary.requests === 300);
    const before = lastNumber('restart');
    await service.restart(async () => router.serve('restart-new', { requests: 80 }));
    const judgement = await judgementOf('restart', ({ canary }) => canary.requests === 380);
    expect(judgement.verdict).toBe('passed');
    expect(judgement.number).toBeGreaterThan(before);
    const numbers = service.heardOf(analysisJudged).filter(({ content }) => content.analysisId === 'ana_restart');
    expect(numbers.map(({ content }) => content.number)).toEqual(numbers.map((_, index) => index + 1));
  });

  it('ends with the rollout, and is shown with its judgements', async () => {
    await analyse('shown');
    await service.say(analysisEnd('shown'));
    const { content } = await service.hear(analysisFinished, ({ subject }) => subject === 'ana_shown');
    expect(content).toMatchObject({ verdict: 'inconclusive', reason: 'succeeded' });
    const shown = await service.get('/v1/analyses/ana_shown');
    expect(shown).toMatchObject({ status: 'ended', application: 'shop', baselineVersion: '1.0.0' });
    const list = await service.get<{ items: { id: string }[] }>('/v1/analyses?releaseId=rel_shown');
    expect(list.items.map(({ id }) => id)).toEqual(['ana_shown']);
    const { items } = await service.get<{ items: Judgement[] }>('/v1/analyses/ana_shown/judgements');
    expect(items.map(({ number }) => number)).toContain(1);
    const stranger = await service.call('GET', '/v1/analyses/ana_shown', person('viewer', 'other'));
    expect(stranger.status).toBe(404);
  });

  it('is without its judgements of more than 90 days ago once a process has begun', async () => {
    await analyse('old');
    await database.query(
      `UPDATE judgement SET at = now() - interval '91 days' WHERE analysis_id = 'ana_old' AND number = 1`,
    );
    const numbers = async () => {
      const { items } = await service.get<{ items: Judgement[] }>('/v1/analyses/ana_old/judgements?sort=number');
      return items.map(({ number }) => number);
    };
    expect(await numbers()).toContain(1);
    const other = await service.another();
    try {
      await eventually(async () => !(await numbers()).includes(1), { what: 'the first one is forgotten' });
    } finally {
      await other.stop();
    }
  });
});

describe('a watch', () => {
  const endOf = async (id: string) =>
    (await service.hear(taskrunFinished, ({ customData }) => customData.releaseId === `rel_${id}`)).customData;

  it('passes when the version has baked', async () => {
    router.serve('baked-new', { requests: 50, errors: 50 });
    await service.say(watchWish('baked', router.url, '2s'));
    await service.hear(taskrunStarted, ({ customData }) => customData.releaseId === 'rel_baked');
    await service.hear(stageProgressed, ({ content }) => content.summary?.startsWith('bake 0s of 2s') ?? false);
    router.serve('baked-new', { requests: 120 });
    expect(await endOf('baked')).toMatchObject({
      outcome: 'succeeded',
      detail: '120 requests, 0 failed',
      outputs: { evidence: { requests: 120, failed: 0 } },
    });
  });

  it('passes without traffic, flagged', async () => {
    router.serve('idle-new', { requests: 0 });
    await service.say(watchWish('idle', router.url));
    expect(await endOf('idle')).toMatchObject({ outcome: 'succeeded', outputs: { flagged: 'no traffic' } });
  });

  it('fails before its end when too much fails, and opens one incident', async () => {
    router.serve('ill-new', { requests: 0 });
    await service.say(watchWish('ill', router.url, '1h'));
    await service.hear(stageProgressed, ({ content }) => content.releaseId === 'rel_ill');
    router.serve('ill-new', { requests: 400, errors: 80 });
    const end = await endOf('ill');
    expect(end).toMatchObject({ outcome: 'failed', reason: 'watch_failed', outputs: { verdict: 'failed' } });
    expect(end.detail).toMatch(/^watch FAILED: 80 of 400; evidence /);
    const incident = await service.hear(incidentDetected, ({ customData }) => customData.releaseId === 'rel_ill');
    expect(incident.customData).toMatchObject({ application: 'shop', version: '1.1.0' });
    const { items } = await service.get<{ items: { releaseId?: string }[] }>(
      '/v1/incidents?application=shop&limit=200',
    );
    expect(items.filter(({ releaseId }) => releaseId === 'rel_ill')).toHaveLength(1);
  });

  it('stops when planning cancels it', async () => {
    router.serve('stopped-new', { requests: 0 });
    await service.say(watchWish('stopped', router.url, '1h'));
    await service.hear(stageProgressed, ({ content }) => content.releaseId === 'rel_stopped');
    const about = { releaseId: 'rel_stopped', application: 'shop', version: '1.1.0', stage: 'monitor-production' };
    const content = { ...about, attempt: 1, kind: 'monitor' as const, reason: 'superseded' };
    await service.say(
      draft(stageCancelled, { subject: 'rel_stopped:monitor-production:1', chainId: 'rel_stopped', content }),
    );
    expect(await endOf('stopped')).toMatchObject({ outcome: 'cancelled', detail: 'superseded' });
  });
});

describe('an incident', () => {
  const told = { application: 'shop', environment: 'production', version: '1.1.0', description: 'carts vanish' };

  it('is reported by a person and resolved once', async () => {
    const answer = await service.call('POST', '/v1/incidents', person('developer'), told);
    expect(answer.status).toBe(201);
    const { id } = (await answer.json()) as { id: string };
    const reported = await service.hear(incidentReported, ({ subject }) => subject === id);
    expect(reported.content).toMatchObject({ description: 'carts vanish', environment: { id: 'production' } });
    const resolve = () =>
      service.call('POST', `/v1/incidents/${id}/resolutions`, person('developer'), { note: 'fixed' });
    expect((await resolve()).status).toBe(201);
    await service.hear(incidentResolved, ({ subject }) => subject === id);
    expect((await resolve()).status).toBe(409);
    const { items } = await service.get<{ items: { id: string }[] }>('/v1/incidents?application=shop&status=resolved');
    expect(items.map((item) => item.id)).toEqual([id]);
  });

  it('takes a known application and the right to report', async () => {
    const unknown = await service.call('POST', '/v1/incidents', person('developer'), { ...told, application: 'nope' });
    const viewer = await service.call('POST', '/v1/incidents', person('viewer'), told);
    expect([unknown.status, viewer.status]).toEqual([404, 403]);
  });
});
