import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OutgoingRecord } from '@signalbox/messaging';
import { eventually, seededRandom } from '@signalbox/testing';
import { adminKey, GatewayUnderTest, json } from '../gateway-under-test.js';
import {
  aCloudEvent,
  archived,
  binaryRecord,
  eventSources,
  figuresOf,
  publish,
  structuredRecord,
  topic,
} from '../outside.js';
import type { CloudEvent, Intake } from '../outside.js';

const about = (subject: string, more: Partial<CloudEvent> = {}) =>
  aCloudEvent({ data: { context: {}, subject: { id: subject, content: {} } }, ...more });

/** Where the broker matters: over REST and over its topics, the same for every broker. */
export function bothWays(name: string, variables: () => Promise<Record<string, string>>): void {
  describe(`events from outside, on ${name}`, () => {
    let gateway: GatewayUnderTest;
    beforeAll(async () => {
      gateway = await GatewayUnderTest.start({ ...(await variables()), EVENT_SOURCES: eventSources });
    }, 180_000);
    afterAll(() => gateway?.stop());

    const sent = async (body: unknown, url = gateway.service.url) => json<Intake>(publish(url, adminKey, body));
    const isArchived = (subject: string, count: number) =>
      eventually(async () => (await archived(gateway, subject)).length === count, {
        what: `${count} of ${subject} are archived`,
        withinMs: 20_000,
      });

    it('one that is sent twice over REST is archived once, from the topic of its source', async () => {
      const event = about('once');
      expect(await sent(event)).toEqual({ accepted: 1, duplicates: 0, refused: [] });
      expect(await sent(event)).toEqual({ accepted: 0, duplicates: 1, refused: [] });
      await isArchived('once', 1);
      expect(await archived(gateway, 'once')).toEqual([{ source: '/argo/prod', topic }]);
    });

    it('two gateways that are given the same events at once accept each of them once', async () => {
      const other = await gateway.service.another();
      try {
        const random = seededRandom(7);
        const events = Array.from({ length: 400 }, () => about('raced'));
        const shuffled = () => [...events].sort(() => random() - 0.5);
        const batches = (list: CloudEvent[]) => Array.from({ length: 8 }, (_, at) => list.slice(at * 50, at * 50 + 50));
        const urls = [gateway.service.url, other.url];
        const answers = await Promise.all(urls.flatMap((url) => batches(shuffled()).map((batch) => sent(batch, url))));
        const total = (of: (intake: Intake) => number) => answers.reduce((sum, intake) => sum + of(intake), 0);
        expect([total(({ accepted }) => accepted), total(({ duplicates }) => duplicates)]).toEqual([400, 400]);
        await isArchived('raced', 400);
      } finally {
        await other.stop();
      }
    }, 90_000);

    it('what a tool writes to the topic itself is taken in either mode, once; the rest is refused and told', async () => {
      const before = await figuresOf(gateway);
      const [first, second, last] = [about('written'), about('written'), about('written')];
      const records: OutgoingRecord[] = [
        binaryRecord(first),
        structuredRecord(second),
        structuredRecord(first),
        { topic, key: 'k', headers: {}, value: Buffer.from([0xff, 0x00]) },
        binaryRecord(about('written', { id: 'forged', source: '/jenkins' })),
        binaryRecord(about('written', { id: 'no-time', time: 'noon' })),
        binaryRecord(last),
      ];
      await gateway.service.write(...records);
      await isArchived('written', 3);
      // Over REST it is news, which the archive then finds to be none.
      expect(await sent(first)).toMatchObject({ accepted: 1 });
      const after = await eventually(
        async () => {
          const figures = await figuresOf(gateway);
          return figures.duplicates - before.duplicates === 2 && figures;
        },
        { what: 'both repetitions are counted', withinMs: 20_000 },
      );
      expect([after.accepted - before.accepted, after.refused - before.refused]).toEqual([3, 3]);
      await isArchived('written', 3);
      const { items } = await json<{ items: { code: string; id: string | null }[] }>(
        gateway.call('/v1/event-sources/argo/refusals?limit=3'),
      );
      expect(items.map(({ code, id }) => [code, id])).toEqual([
        ['invalid', 'no-time'],
        ['forged_source', 'forged'],
        ['malformed', null],
      ]);
      const parked = await json<{ items: object[] }>(gateway.call('/v1/parked-events/gateway'));
      expect(parked.items).toEqual([]);
    });
  });
}
