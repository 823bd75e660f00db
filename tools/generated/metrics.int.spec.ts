import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HostFigures } from '@signalbox/host';
import { committed } from './committed.js';
import { Everything } from './everything.js';
import { figuresOf, metricCatalogue, readCatalogue } from './metric-catalogue.js';
import type { Shown } from './metric-catalogue.js';

/** What a label may not be: its values would grow with use. The host forgets deployments that are gone. */
const unbounded = /id$|principal|release$|version|commit|digest|url|path|message|error/i;
const bounded = ['signalbox_build_info', 'signalbox_router_', 'signalbox_host_', 'nodejs_version_info'];

let everything: Everything;
let shown: Shown[];

beforeAll(async () => {
  everything = await Everything.start();
  const host = new HostFigures({ version: '0', commit: '0' });
  shown = [
    ...everything.services.map(({ name, registries }) => ({ process: name, registries })),
    { process: 'host', registries: [host.ofSlots, host.ofProcess] },
  ];
});
afterAll(() => everything?.stop());

const figures = () => shown.flatMap(figuresOf);

describe('the catalogue of metrics', () => {
  it('is the one that is committed; npm run generate writes it', () => {
    const page = metricCatalogue(shown);
    expect(committed('metrics.md', page)).toBe(page);
  });

  it('tells of every figure of every process, with all its labels', () => {
    const told = readCatalogue(metricCatalogue(shown));
    const missing = figures().filter(({ name, labels, type, help }) => {
      const entry = told.get(name);
      return entry?.type !== type || entry.labels.join() !== labels.join() || entry.help !== help;
    });
    expect(missing).toEqual([]);
  });

  it('every figure says what it means, and its name says its unit', () => {
    const faults = figures().flatMap(({ name, type, help }) => [
      ...(help.length >= 12 ? [] : [`${name} has no help`]),
      ...(type !== 'counter' || name.endsWith('_total') ? [] : [`the counter ${name} does not end in _total`]),
      ...(type !== 'histogram' || /_(seconds|bytes)$/.test(name) ? [] : [`the histogram ${name} has no unit`]),
      ...(/_(ms|milliseconds|minutes|percent|kb|mb)(_|$)/.test(name) ? [`${name} is not in base units`] : []),
    ]);
    expect(faults).toEqual([]);
  });

  it('no label has values without end', () => {
    const faults = figures()
      .filter(({ name }) => !bounded.some((prefix) => name.startsWith(prefix)))
      .flatMap(({ name, labels }) =>
        labels.filter((label) => unbounded.test(label)).map((label) => `${name} ${label}`),
      );
    expect(faults).toEqual([]);
  });

  it('each process serves its figures in Prometheus’ format', async () => {
    for (const { name, url, registries } of everything.services) {
      const answer = await fetch(`${url}/metrics`);
      expect(answer.headers.get('content-type')).toContain('version=0.0.4');
      const text = await answer.text();
      const served = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, served]) => served).sort();
      expect([name, served]).toEqual([
        name,
        figuresOf({ registries })
          .map((figure) => figure.name)
          .sort(),
      ]);
      expect(text).toContain('signalbox_dependency_up{dependency="database"} 1');
      expect(text).not.toMatch(/^signalbox_gauge_failures_total\{.* [1-9]/m);
    }
  });
});
