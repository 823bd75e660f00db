import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serviceTopics } from '@signalbox/domain';
import { Collector, eventually } from '@signalbox/testing';
import type { CollectedSpan } from '@signalbox/testing';
import { Installation } from './support/installation.js';
import { Journey, stageOf } from './support/journey.js';
import type { ReleaseSeen } from './support/journey.js';
import { Shop } from './support/shop.js';
import { Traffic } from './support/traffic.js';

interface ActivityBody {
  eventId: string;
}

/** What an operator sees of a release at a collector: one trace, whole, from the call that made it to its last event. */
describe('the trace of a release', () => {
  let collector: Collector;
  let installation: Installation;
  let journey: Journey;
  let traffic: Traffic | undefined;
  const shop = new Shop({ name: 'traced', bake: '3s' });

  beforeAll(async () => {
    collector = await Collector.start();
    installation = new Installation(['--no-demo'], undefined, {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: '200',
    });
    journey = new Journey(installation, shop.directory, shop.name);
    installation.start();
    await installation.ready();
    await journey.register();
    await journey.install();
    traffic = new Traffic(await journey.url(), 400);
  }, 180_000);

  afterAll(async () => {
    await traffic?.stop();
    await installation.discard();
    await collector.stop();
  });

  it('goes through every service and holds each of its events, the last one too', async () => {
    shop.change('feat: with a canary');
    const release = await journey.ended(await journey.release());
    expect(release.status).toBe('completed');
    const spans = await wholeTrace(release);

    expect([...new Set(spans.map(({ service }) => service))].sort()).toEqual(
      [...Object.keys(serviceTopics), 'host'].sort(),
    );
    const [root, ...more] = spans.filter(({ parentId }) => parentId === undefined);
    expect(more).toEqual([]);
    expect({ ...root, attributes: root?.attributes }).toMatchObject({
      service: 'gateway',
      name: 'POST /v1/:collection',
      kind: 2,
      attributes: { 'http.request.method': 'POST', 'url.path': '/v1/releases', 'http.response.status_code': 202 },
    });
    expect(spans.filter(({ startNs, endNs }) => endNs < startNs)).toEqual([]);
    expect(namesOf(spans, 'reconcile')).toEqual([
      'build-coordinator: reconcile task',
      'monitor: reconcile analysis',
      'monitor: reconcile watch',
      'planning: reconcile release',
      'test-orchestrator: reconcile test-report',
    ]);
    expect(namesOf(spans, 'PUT /v1/slots')).toEqual(['host: PUT /v1/slots/:application/:environment']);
  }, 240_000);

  it('is still the same after others have moved it: a person, and a wake-up', async () => {
    shop.write({
      'signalbox.yaml': shop.manifest().replace('{ setWeight: 50 }', '{ pause: {} }, { setWeight: 50 }'),
    });
    shop.change('feat: somebody has to say yes');
    const hold = await journey.api<{ id: string }>('POST', '/v1/holds', {
      message: 'not before lunch',
      scope: { application: shop.name, environment: 'production' },
    });
    const created = await journey.release();
    await journey.until(created, 'the hold', (seen) =>
      stageOf(seen, 'deploy-production').blockers.some(({ code }) => code === 'held'),
    );
    await journey.api('DELETE', `/v1/holds/${hold.id}`);
    await journey.until(created, 'the pause', (seen) =>
      stageOf(seen, 'deploy-production').blockers.some(({ code }) => code === 'manual_gate'),
    );
    await journey.api('POST', `/v1/releases/${created.id}/promotions`, { environment: 'production', reason: 'fine' });
    const release = await journey.ended(created);
    expect(release.status).toBe('completed');
    const spans = await wholeTrace(release);
    // Whoever lifts a hold wakes the releases that wait: a wake-up has no step of its own to go on from.
    const requested = spans.filter(
      ({ service, attributes }) =>
        service === 'planning' && String(attributes['cloudevents.event_type']).includes('stage.requested'),
    );
    const began = spans.find(({ service, name }) => service === 'planning' && name === 'POST /v1/releases');
    expect(requested.some(({ parentId }) => parentId === began?.spanId)).toBe(true);
    // The call of the person has a trace of its own, to which the event it led to points.
    const promoted = spans.find(
      ({ kind, attributes }) => kind === 4 && String(attributes['cloudevents.event_type']).includes('promoted'),
    );
    const call = collector.spans.find(({ attributes }) => String(attributes['url.path']).endsWith('/promotions'));
    expect(promoted?.linksTo).toEqual([call?.traceId]);
    expect(call?.traceId).not.toBe(promoted?.traceId);
  }, 240_000);

  /** Every span of the release's trace, once all its events are in it and were heard by the archive. */
  async function wholeTrace(release: ReleaseSeen): Promise<CollectedSpan[]> {
    const { items } = await journey.api<{ items: ActivityBody[] }>(
      'GET',
      `/v1/activities?releaseId=${release.id}&limit=200`,
    );
    expect(items.length).toBeGreaterThan(20);
    const created = (id: string) => collector.spans.find(({ kind, attributes }) => kind === 4 && isOf(attributes, id));
    const archived = (id: string) =>
      collector.spans.find(
        ({ kind, service, attributes }) => kind === 5 && service === 'gateway' && isOf(attributes, id),
      );
    await eventually(() => items.every(({ eventId }) => created(eventId) && archived(eventId)), {
      withinMs: 20_000,
      what: 'each event to be told by its writer and by the archive',
    });
    const traces = new Set(items.flatMap(({ eventId }) => [created(eventId)?.traceId, archived(eventId)?.traceId]));
    expect([...traces]).toHaveLength(1);
    const [traceId] = traces;
    // A step of one process may be told before the one that it follows, of another.
    await eventually(() => orphans(spansOf(traceId)).length === 0, {
      withinMs: 20_000,
      what: 'the parent of each span to be in the trace',
    });
    return spansOf(traceId);
  }

  function spansOf(traceId: string | undefined): CollectedSpan[] {
    return collector.spans.filter((span) => span.traceId === traceId);
  }
});

/** Those whose parent nobody has told of. */
function orphans(spans: readonly CollectedSpan[]): CollectedSpan[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  return spans.filter(({ parentId }) => parentId !== undefined && !ids.has(parentId));
}

function isOf(attributes: CollectedSpan['attributes'], eventId: string): boolean {
  return attributes['cloudevents.event_id'] === eventId;
}

function namesOf(spans: readonly CollectedSpan[], start: string): string[] {
  const named = spans.filter(({ name }) => name.startsWith(start));
  return [...new Set(named.map(({ service, name }) => `${service}: ${name}`))].sort();
}
