import { expect, it } from '@jest/globals';
import { DomainError } from '@signalbox/domain';
import { eventually } from '@signalbox/testing';
import type { Harness } from './harness.js';
import { countUp, counted, noteEffects } from './probe.js';
import type { Probe } from './probe.js';

/** What a scrape would show of one figure; undefined when the figure is left out. */
async function figure(
  probe: Probe,
  name: string,
  labels: Record<string, string> = {},
  part?: string,
): Promise<number | undefined> {
  const found = await probe.registry.getSingleMetric(`signalbox_${name}`)?.get();
  const values = (found?.values ?? []) as { value: number; metricName?: string; labels: Record<string, string> }[];
  return values.find(
    (each) =>
      (part === undefined || each.metricName === `signalbox_${name}_${part}`) &&
      Object.entries(labels).every(([label, value]) => each.labels[label] === value),
  )?.value;
}

const seen = (probe: Probe, name: string, value: number, labels: Record<string, string> = {}) =>
  eventually(async () => (await figure(probe, name, labels)) === value, {
    what: `${name} shows ${value}`,
    withinMs: 20_000,
  });

async function publish(writer: Probe, id: string, times: number): Promise<void> {
  await writer.counters.createOnce({ id, value: 0 }, []);
  for (let time = 0; time < times; time += 1) await writer.counters.change(id, (counter) => countUp(counter));
}

export function counting(harness: () => Harness): void {
  it('an event is counted once, when it has been committed, though its chunk was done again', async () => {
    const [writer, reader] = [await harness().probe('writer'), await harness().probe('reader')];
    noteEffects(reader, counted);
    reader.messaging.on(counted, async (event) => {
      if (event.subject === 'a' && event.content.value === 2) throw new DomainError('conflict', 'not this one');
    });
    await publish(writer, 'a', 3);
    await Promise.all([writer.messaging.start(), reader.messaging.start()]);
    const { type, topic } = counted;
    await seen(reader, 'events_handled_total', 3, { type });
    // The one that was refused spent its time in vain and is no event that was applied.
    expect(await figure(reader, 'event_handling_seconds', { type }, 'count')).toBe(2);
    expect(await figure(reader, 'event_delay_seconds', { topic }, 'count')).toBe(2);
    expect(await figure(writer, 'outbox_sent_total')).toBe(3);
    await publish(writer, 'b', 1);
    await seen(reader, 'events_handled_total', 4, { type });
  });

  it('shows what waits: lag by topic, parked keys with their age, who owns the outbox', async () => {
    const [writer, reader] = [await harness().probe('writer'), await harness().probe('reader')];
    reader.messaging.on(counted, async () => {
      throw new Error('never');
    });
    expect(await figure(reader, 'parked_keys')).toBeUndefined();
    await publish(writer, 'a', 2);
    await Promise.all([writer.messaging.start(), reader.messaging.start()]);
    await seen(reader, 'parked_keys', 1);
    await seen(reader, 'events_parked_total', 1, { type: counted.type });
    await seen(reader, 'consumer_lag_records', 0, { topic: counted.topic });
    await seen(writer, 'outbox_rows', 0);
    await seen(writer, 'outbox_owner', 1);
    await eventually(async () => ((await figure(reader, 'parked_oldest_age_seconds')) ?? 0) > 0, {
      what: 'the parked key grows old',
      withinMs: 20_000,
    });
    await seen(reader, 'consumer_caught_up', 1);
  });

  it('leaves out what it cannot know: while the tables do not answer, no figure of before is shown', async () => {
    const reader = await harness().probe('reader');
    noteEffects(reader, counted);
    await reader.messaging.start();
    await seen(reader, 'outbox_rows', 0);
    await reader.database.query('ALTER TABLE parked_key RENAME TO away');
    await eventually(async () => (await figure(reader, 'outbox_rows')) === undefined, {
      what: 'the figure is gone',
      withinMs: 20_000,
    });
    await reader.database.query('ALTER TABLE away RENAME TO parked_key');
    await seen(reader, 'outbox_rows', 0);
  });
}
