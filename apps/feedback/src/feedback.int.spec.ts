import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  applicationDefined,
  draft,
  effective,
  feedbackLinked,
  feedbackReceived,
  incidentReported,
  incidentResolved,
  manifest,
  releasePlanned,
  releaseRolledBack,
  rolloutAdvanced,
  serviceRolledBack,
  serviceUpgraded,
  stageRequested,
  taskrunFinished,
} from '@signalbox/domain';
import type { EventDraft } from '@signalbox/domain';
import { feedback } from '@signalbox/feedback';
import { eventually, person, ServiceUnderTest } from '@signalbox/testing';

interface Figure {
  value: number | null;
  count: number;
  eventIds: string[];
}

const definition = effective(
  manifest.parse({ apiVersion: 'signalbox/v1', name: 'shop', runtime: { command: ['node', 'server.js'] } }),
);
const about = (n: number) => ({ releaseId: `rel_${n}`, application: 'shop', version: `1.${n}.0` });
let service: ServiceUnderTest;

beforeAll(async () => {
  service = await ServiceUnderTest.start(feedback, {});
  const content = { application: 'shop', team: 'shop', definitionVersion: 1, definition };
  await service.say(draft(applicationDefined, { subject: 'shop', key: 'application/shop', content }));
  await service.say(planned(1), planned(2));
  await eventually(() => versionsAreKnown(), { what: 'both versions are known' });
});
afterAll(() => service.stop());

async function versionsAreKnown(): Promise<boolean> {
  const refused = await send({ version: '9.9.9' });
  return ((await refused.json()) as { fix?: string }).fix === 'have: 1.2.0, 1.1.0';
}

function planned(n: number): EventDraft {
  const committedAt = new Date(Date.now() - 3_600_000).toISOString();
  const rest = { team: 'shop', commit: 'a'.repeat(40), channel: 'stable', planHash: 'h', groups: [] };
  const changes = [{ sha: `${n}`.repeat(40), committedAt, subject: 'feat: carts' }];
  return draft(releasePlanned, {
    subject: `rel_${n}`,
    chainId: `rel_${n}`,
    content: { ...about(n), ...rest, changes },
  });
}

function send(more: object): Promise<Response> {
  const body = { application: 'shop', kind: 'complaint', text: 'my cart is empty', author: 'ann', ...more };
  return service.call('POST', '/v1/feedback', person('developer'), body);
}

/** What a refusal says, but for what names this one call. */
async function told(answer: Response): Promise<object> {
  const { traceId: _, instance: __, ...rest } = (await answer.json()) as Record<string, unknown>;
  return rest;
}

describe('feedback', () => {
  it('that the caller may not see answers exactly as feedback that is not there', async () => {
    const { id } = (await (await send({})).json()) as { id: string };
    const stranger = person('developer', 'blog');
    const none = `${id.slice(0, -4)}0000`;
    for (const method of ['GET', 'DELETE']) {
      const hidden = await service.call(method, `/v1/feedback/${id}`, stranger);
      const absent = await service.call(method, `/v1/feedback/${none}`, stranger);
      expect([hidden.status, absent.status]).toEqual([404, 404]);
      expect(JSON.stringify(await told(hidden)).replaceAll(id, none)).toBe(JSON.stringify(await told(absent)));
    }
  });

  it('is received, linked to its release, listed and forgotten', async () => {
    const answer = await send({ version: '1.1.0' });
    expect(answer.status).toBe(201);
    const saved = (await answer.json()) as { id: string };
    expect(saved).toMatchObject({ application: 'shop', releaseId: 'rel_1' });
    await service.hear(feedbackReceived, ({ content }) => content.feedbackId === saved.id);
    await service.hear(feedbackLinked, ({ content }) => content.releaseId === 'rel_1');
    const path = '/v1/feedback?application=shop&version=1.1.0';
    const { items } = await service.get<{ items: object[] }>(path);
    expect(items).toMatchObject([{ id: saved.id, text: 'my cart is empty', author: 'ann' }]);
    expect((await service.call('DELETE', `/v1/feedback/${saved.id}`, person('developer'))).status).toBe(204);
    expect((await service.get<{ items: object[] }>(path)).items).toEqual([]);
    expect(await service.get(`/v1/feedback/${saved.id}`)).not.toHaveProperty('text');
  });

  it('is refused for unknown versions, unknown applications and other teams', async () => {
    const unknown = await send({ version: '9.9.9' });
    expect(unknown.status).toBe(400);
    expect(await unknown.json()).toMatchObject({
      code: 'unknown_version',
      detail: 'no shop@9.9.9',
      fix: 'have: 1.2.0, 1.1.0',
    });
    expect((await send({ application: 'nope' })).status).toBe(404);
    expect((await send({ rating: 11 })).status).toBe(400);
    const stranger = await service.call('GET', '/v1/feedback-summaries?application=shop', person('viewer', 'other'));
    expect(stranger.status).toBe(404);
  });

  it('is counted per version, with intervals', async () => {
    for (const kind of ['praise', 'idea', 'complaint']) await send({ version: '1.2.0', kind });
    for (const rating of [10, 10, 9, 9, 8, 7, 3, 6, 10, 0]) await send({ version: '1.2.0', kind: 'survey', rating });
    const { items } = await service.get<{ items: { version: string }[] }>('/v1/feedback-summaries?application=shop');
    expect(items.find(({ version }) => version === '1.2.0')).toMatchObject({
      count: 13,
      kinds: { complaint: 1, praise: 1, idea: 1, question: 0, survey: 10 },
      complaints: { share: 1 / 13 },
      netPromoterScore: { value: 0.2, answers: 10 },
    });
  });
});

describe('the feedback stage', () => {
  it('has succeeded once its window is open, also when it is asked for twice', async () => {
    const request = draft(stageRequested, {
      subject: 'rel_1:feedback:1',
      chainId: 'rel_1',
      content: {
        ...about(1),
        team: 'shop',
        stage: 'feedback',
        kind: 'feedback',
        attempt: 1,
        commit: 'a'.repeat(40),
        repository: { location: '/nowhere', path: '.' },
        definition,
        startBy: new Date(Date.now() + 60_000).toISOString(),
        silentAfter: 'PT60S',
      },
    });
    await service.say(request, request);
    const { customData } = await service.hear(taskrunFinished, ({ subject }) => subject === 'rel_1:feedback:1');
    expect(customData).toMatchObject({ outcome: 'succeeded', stage: 'feedback' });
    const closesAt = String(customData.outputs?.evidence?.['closesAt']);
    expect(Date.parse(closesAt) - Date.now()).toBeGreaterThan(13 * 86_400_000);
    await service.say({ ...request, subject: 'rel_1:feedback:2', content: { ...request.content, attempt: 2 } });
    await service.hear(taskrunFinished, ({ subject }) => subject === 'rel_1:feedback:2');
    expect(service.heardOf(taskrunFinished).map(({ subject }) => subject)).toEqual([
      'rel_1:feedback:1',
      'rel_1:feedback:2',
    ]);
  });
});

describe('delivery metrics', () => {
  const live = (n: number) => ({
    subject: 'shop/production',
    chainId: `rel_${n}`,
    content: { environment: { id: 'production' }, artifactId: `pkg:generic/shop@1.${n}.0` },
    customData: { ...about(n), deploymentId: `dep_${n}`, digest: 'sha256:x', slotVersion: n },
  });
  const exposed = (n: number, environment: string) =>
    draft(rolloutAdvanced, {
      subject: `dep_${n}`,
      chainId: `rel_${n}`,
      content: { ...about(n), environment, deploymentId: `dep_${n}`, step: 0, weight: 20 },
    });
  const broken = {
    subject: 'inc_1',
    content: { environment: { id: 'production' } },
    customData: { application: 'shop', version: '1.1.0', incidentId: 'inc_1' },
  };

  it('come from what happened in production, each with its events', async () => {
    await service.say(
      exposed(1, 'production'),
      exposed(3, 'staging'),
      draft(serviceUpgraded, live(1)),
      exposed(2, 'production'),
      draft(serviceRolledBack, { ...live(2), customData: { ...live(2).customData, exposed: true } }),
      draft(releaseRolledBack, {
        subject: 'rel_2',
        chainId: 'rel_2',
        content: { ...about(2), environment: 'production', exposed: true, cause: 'analysis_failed' },
      }),
      draft(incidentReported, { ...broken, content: { ...broken.content, ticketURI: 'urn:test:1' } }),
      draft(incidentResolved, broken),
    );
    const figures = await eventually(
      async () => {
        const answer = await service.get<{ figures: Record<string, Figure> }>('/v1/delivery-metrics?application=shop');
        return answer.figures['failedDeploymentRecoveryTime']?.count === 2 && answer.figures;
      },
      { what: 'both failures are recovered' },
    );
    expect(figures['deploymentFrequency']).toMatchObject({ count: 2 });
    expect(figures['changeFailRate']).toMatchObject({ value: 1, count: 2 });
    expect(figures['changeLeadTime']?.count).toBe(1);
    expect(figures['changeLeadTime']?.value).toBeGreaterThanOrEqual(3_600);
    // The service may hear of an event before this test does.
    for (const eventId of Object.values(figures).flatMap(({ eventIds }) => eventIds)) {
      await eventually(() => service.heard.some(({ id }) => id === eventId), { what: `the event ${eventId}` });
    }
  });

  it('know what production was called before', async () => {
    const renamed = effective(
      manifest.parse({
        apiVersion: 'signalbox/v1',
        name: 'shop',
        runtime: { command: ['node', 'server.js'] },
        environments: { staging: {}, live: { tier: 'production' } },
      }),
    );
    const content = { application: 'shop', team: 'shop', definitionVersion: 2, definition: renamed };
    await service.say(draft(applicationDefined, { subject: 'shop', key: 'application/shop', content }));
    await service.say(exposed(9, 'live'));
    const frequency = async () => {
      const answer = await service.get<{ figures: Record<string, Figure> }>('/v1/delivery-metrics?application=shop');
      return answer.figures['deploymentFrequency']?.count;
    };
    await eventually(async () => (await frequency()) === 3, { what: 'one in live beside two in production' });
  });

  it('need an application and a period that goes forward', async () => {
    const status = async (query: string) =>
      (await service.call('GET', `/v1/delivery-metrics?${query}`, person('viewer'))).status;
    expect(await status('to=2026-12-01T00:00:00Z')).toBe(400);
    expect(await status('application=shop&from=2026-12-01T00:00:00Z&to=2026-11-01T00:00:00Z')).toBe(400);
    expect(await status('application=shop&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z')).toBe(200);
  });
});
