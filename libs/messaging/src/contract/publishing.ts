import { expect, it } from '@jest/globals';
import { draft } from '@signalbox/domain';
import { appendOutbox, currentEvent } from '@signalbox/messaging';
import type { Broker } from '@signalbox/messaging';
import { eventually } from '@signalbox/testing';
import type { Harness } from './harness.js';
import { countUp, counted, echoed, effectsOf, noteEffects } from './probe.js';

export function publishing(harness: () => Harness): void {
  it('a commit is published, with its source, version and chain', async () => {
    const writer = await harness().probe('writer');
    const reader = await harness().probe('reader');
    const received: object[] = [];
    reader.messaging.on(counted, async (event) => void received.push(event));
    await Promise.all([writer.messaging.start(), reader.messaging.start()]);

    await writer.counters.create({ id: 'a', value: 1 }, [
      draft(counted, { subject: 'a', chainId: 'release-1', content: { value: 1 } }),
    ]);

    await eventually(() => received.length === 1, { what: 'the event is received' });
    expect(received[0]).toMatchObject({
      source: '/signalbox/writer',
      subject: 'a',
      key: 'release-1',
      chainId: 'release-1',
      aggId: 'a',
      aggVersion: 1,
      content: { value: 1 },
    });
  });

  it('a rollback is not published', async () => {
    const writer = await harness().probe('writer');
    const reader = await harness().probe('reader');
    noteEffects(reader, counted);
    await Promise.all([writer.messaging.start(), reader.messaging.start()]);

    const failed = writer.database.transactions.run(async () => {
      await writer.counters.create({ id: 'a', value: 1 }, countUp({ id: 'a', value: 0 }).events);
      throw new Error('changed my mind');
    });
    await expect(failed).rejects.toThrow('changed my mind');
    await writer.counters.create({ id: 'b', value: 1 }, countUp({ id: 'b', value: 0 }).events);

    const effects = await eventually(async () => (await effectsOf(reader)).length > 0 && effectsOf(reader), {
      what: 'the later event is received',
    });
    expect(effects.map((effect) => effect.agg_id)).toEqual(['b']);
    expect(await writer.counters.find('a')).toBeUndefined();
  });

  it('what a handler writes names the event that caused it', async () => {
    const writer = await harness().probe('writer');
    const echo = await harness().probe('echo');
    const reader = await harness().probe('reader');
    let cause: string | undefined;
    echo.messaging.on(counted, async (event) => {
      cause = currentEvent()?.id;
      await echo.counters.create(
        { id: event.subject, value: 1 },
        countUp({ id: event.subject, value: 0 }, echoed).events,
      );
    });
    noteEffects(reader, echoed);
    await Promise.all([writer, echo, reader].map((probe) => probe.messaging.start()));

    await writer.counters.create({ id: 'a', value: 1 }, countUp({ id: 'a', value: 0 }).events);

    const [effect] = await eventually(async () => (await effectsOf(reader)).length > 0 && effectsOf(reader), {
      what: 'the echo is received',
    });
    expect(cause).toBeDefined();
    expect(effect?.note).toBe(cause);
  });

  it('events of one aggregate arrive in the order of its versions, while many are written at once', async () => {
    const writer = await harness().probe('writer');
    const reader = await harness().probe('reader');
    noteEffects(reader, counted);
    await Promise.all([writer.messaging.start(), reader.messaging.start()]);
    const ids = Array.from({ length: 8 }, (_, index) => `counter-${index}`);
    for (const id of ids) await writer.counters.create({ id, value: 0 }, []);

    const changes = ids.flatMap((id) => Array.from({ length: 25 }, () => id));
    await Promise.all(changes.map((id) => writer.counters.change(id, (counter) => countUp(counter))));

    await eventually(async () => (await effectsOf(reader)).length === 200, {
      what: 'all are received',
      withinMs: 20_000,
    });
    const effects = await effectsOf(reader);
    for (const id of ids) {
      const versions = effects.filter((effect) => effect.agg_id === id).map((effect) => effect.agg_version);
      expect(versions).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    }
  });

  it('events that are too large for one batch of the broker go out in several, in their order', async () => {
    const writer = await harness().probe('writer');
    const reader = await harness().probe('reader');
    noteEffects(reader, counted);
    const links = [{ linkType: 'RELATION' as const, linkKind: 'LARGE', target: { contextId: 'x'.repeat(600_000) } }];
    const events = [1, 2, 3].map((value) => draft(counted, { subject: 'a', content: { value }, links }));
    await writer.counters.create({ id: 'a', value: 3 }, events);
    await Promise.all([writer.messaging.start(), reader.messaging.start()]);

    const effects = await eventually(async () => (await effectsOf(reader)).length === 3 && effectsOf(reader), {
      what: 'all are received',
      withinMs: 20_000,
    });
    expect(effects.map(({ value }) => value)).toEqual([1, 2, 3]);
  });

  it('a service that starts later reads from the beginning and knows when it has caught up', async () => {
    const writer = await harness().probe('writer');
    await writer.messaging.start();
    for (let index = 0; index < 20; index += 1) {
      await writer.counters.create({ id: `c${index}`, value: 1 }, countUp({ id: `c${index}`, value: 0 }).events);
    }
    await eventually(async () => (await writer.messaging.status()).outboxRows === 0, { what: 'the outbox is empty' });

    const reader = await harness().probe('reader');
    noteEffects(reader, counted);
    expect(reader.messaging.isCaughtUp()).toBe(false);
    await reader.messaging.start();

    await eventually(() => reader.messaging.isCaughtUp(), { what: 'it has caught up', withinMs: 20_000 });
    expect(await effectsOf(reader)).toHaveLength(20);
    expect((await reader.messaging.status()).lag).toBe(0);
  });

  it('says since when it hears, and that it does not while the broker is away', async () => {
    const reader = await harness().probe('reader');
    let isAway = false;
    cutOff(reader.broker, () => isAway);
    expect(reader.messaging.hearsSince()).toBeUndefined();
    await reader.messaging.start();
    const first = await eventually(() => reader.messaging.hearsSince(), { what: 'it hears', withinMs: 20_000 });
    isAway = true;
    await eventually(() => reader.messaging.hearsSince() === undefined, { what: 'it is deaf', withinMs: 20_000 });
    isAway = false;
    const again = await eventually(() => reader.messaging.hearsSince(), { what: 'it hears again', withinMs: 20_000 });
    expect(again.getTime()).toBeGreaterThan(first.getTime());
    expect(reader.messaging.isCaughtUp()).toBe(true);
  });

  it('stopping sends what has been committed', async () => {
    const writer = await harness().probe('writer');
    await writer.messaging.start();
    await eventually(async () => (await writer.messaging.status()).sendsOutbox, { what: 'it owns the outbox' });
    const [event] = countUp({ id: 'a', value: 0 }).events;
    if (!event) throw new Error('unreachable');
    // Past the store, so that no poke tells the relay.
    await writer.database.transactions.run(async (tx) =>
      appendOutbox(tx, '/signalbox/writer', [{ draft: event, aggId: 'a', aggVersion: 1 }]),
    );
    await writer.messaging.stop();
    const [left] = await writer.database.query<{ rows: number }>('SELECT count(*)::int AS rows FROM outbox');
    expect(left?.rows).toBe(0);
  });
}

/** A broker that, while it is away, does not tell its subscribers where they stand. */
function cutOff(broker: Broker, isAway: () => boolean): void {
  const subscribe = broker.subscribe.bind(broker);
  broker.subscribe = async (options) => {
    const subscription = await subscribe(options);
    const progress = subscription.progress.bind(subscription);
    subscription.progress = () => (isAway() ? Promise.reject(new Error('cut off')) : progress());
    return subscription;
  };
}
