import { expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { Meter } from './meter.js';

const of = () => {
  const registry = new Registry();
  return { registry, meter: new Meter(registry) };
};
const lines = async (registry: Registry, name: string) =>
  (await registry.metrics()).split('\n').filter((line) => line.startsWith(name));

it('known label values show 0 from the start, so that the first of each is an increase', async () => {
  const { registry, meter } = of();
  const ended = meter.counter('ended_total', 'Things that ended', { kind: ['a', 'b'], outcome: ['good'] });
  ended.inc({ kind: 'b', outcome: 'good' });
  expect(await lines(registry, 'signalbox_ended_total')).toEqual([
    'signalbox_ended_total{kind="a",outcome="good"} 0',
    'signalbox_ended_total{kind="b",outcome="good"} 1',
  ]);
});

it('labels whose values are not known begin with nothing', async () => {
  const { registry, meter } = of();
  meter.counter('seen_total', 'Things that were seen', { reason: [] });
  meter.histogram('took_seconds', 'How long it took', [1], { reason: [] });
  expect(await lines(registry, 'signalbox_seen_total')).toEqual([]);
  expect(await lines(registry, 'signalbox_took_seconds')).toEqual([]);
});

it('a gauge that is read shows what there is, 0 for what there is not, and nothing of the last scrape', async () => {
  const { registry, meter } = of();
  let status = 'queued';
  meter.reading('open', 'Things that are open', async () => [{ labels: { status }, value: 3 }], {
    status: ['queued', 'running'],
  });
  expect(await lines(registry, 'signalbox_open')).toEqual([
    'signalbox_open{status="queued"} 3',
    'signalbox_open{status="running"} 0',
  ]);
  status = 'running';
  expect(await lines(registry, 'signalbox_open')).toEqual([
    'signalbox_open{status="queued"} 0',
    'signalbox_open{status="running"} 3',
  ]);
});

it('a gauge that cannot be read is left out, and the scrape goes on', async () => {
  const { registry, meter } = of();
  let answer: () => Promise<{ value: number }[]> = async () => [{ value: 1 }];
  meter.reading('rows', 'Rows that wait', () => answer());
  expect(await lines(registry, 'signalbox_rows')).toEqual(['signalbox_rows 1']);
  answer = () => Promise.reject(new Error('the database is away'));
  expect(await lines(registry, 'signalbox_rows')).toEqual([]);
  expect(await lines(registry, 'signalbox_gauge_failures_total')).toEqual([
    'signalbox_gauge_failures_total{gauge="signalbox_rows"} 1',
  ]);
  answer = () => new Promise(() => undefined);
  expect(await lines(registry, 'signalbox_rows')).toEqual([]);
});
