import { describe, expect, it } from '@jest/globals';
import { readCatalogue } from '../generated/metric-catalogue.js';
import type { Figure } from '../generated/metric-catalogue.js';
import { waitsAskedFor } from '../../apps/planning/src/release/release-census.view.js';
import { alertsOf, anchorsOf, dashboardsOf, panelsOf, readText, usedBy } from './files.js';

const catalogue = readCatalogue(readText('docs/generated/metrics.md'));
/** What a scrape adds to every series. */
const scraped = ['job', 'instance', 'service', 'process', 'le'];

function figureOf(series: string): Figure | undefined {
  const base = series.replace(/_(bucket|sum|count)$/, '');
  const figure = catalogue.get(series) ?? catalogue.get(base);
  const isPart = figure !== undefined && figure.name !== series;
  return isPart && figure.type !== 'histogram' ? undefined : figure;
}

/** What an expression asks for that no process shows. */
function unknownIn(expr: string): string[] {
  return usedBy(expr).flatMap(({ metric, labels }) => {
    const figure = figureOf(metric);
    if (!figure) return [metric];
    return labels
      .filter((label) => ![...scraped, ...figure.labels].includes(label))
      .map((label) => `${metric} ${label}`);
  });
}

const dashboards = dashboardsOf();
const expressionsOf = (dashboard: (typeof dashboards)[number]) => [
  ...panelsOf(dashboard).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...(dashboard.templating?.list ?? []).map(({ query = '' }) => (typeof query === 'string' ? query : query.query)),
];

it('what is asked of figures that are not there is found', () => {
  expect(unknownIn('rate(signalbox_nonsense_total[5m]) > signalbox_outbox_rows')).toEqual(['signalbox_nonsense_total']);
  expect(unknownIn('signalbox_outbox_rows{topic="x"}')).toEqual(['signalbox_outbox_rows topic']);
  expect(unknownIn('signalbox_outbox_rows_bucket')).toEqual(['signalbox_outbox_rows_bucket']);
  expect(unknownIn('signalbox_task_wait_seconds_bucket{le="5", service="x"}')).toEqual([]);
});

describe('the alerts', () => {
  const alerts = alertsOf();

  it('ask only for figures and labels that are in the catalogue', () => {
    expect(alerts.flatMap(({ alert, expr }) => unknownIn(expr).map((unknown) => `${alert}: ${unknown}`))).toEqual([]);
  });

  it('say how bad it is, what it is about, and where its runbook stands', () => {
    const pages = new Map<string, string[]>();
    const faults = alerts.flatMap(({ alert, labels, annotations }) => {
      const { summary = '', description = '', runbook_url: url = '' } = annotations;
      const [page = '', anchor = ''] = url.split('#');
      if (!pages.has(page)) pages.set(page, anchorsOf(readText(page)));
      return [
        ...(['critical', 'warning', 'info'].includes(labels['severity'] ?? '') ? [] : [`${alert}: severity`]),
        ...(summary.length > 10 && description.length > 10 ? [] : [`${alert}: summary and description`]),
        ...(pages.get(page)?.includes(anchor) ? [] : [`${alert}: no heading for ${url}`]),
        ...(anchor === alert.toLowerCase() ? [] : [`${alert}: its runbook is another’s`]),
      ];
    });
    expect(faults).toEqual([]);
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  });

  it('leave out the waits that somebody has asked for', () => {
    const expr = alerts.find(({ alert }) => alert === 'SignalboxStageBlocked')?.expr ?? '';
    expect(/reason!~"(.+?)"/.exec(expr)?.[1]?.split('|')).toEqual(waitsAskedFor);
  });

  it('no runbook is left over from an alert that is gone', () => {
    const headings = [...readText('docs/operations/alerts.md').matchAll(/^## (Signalbox\w+)$/gm)].map(
      ([, name]) => name,
    );
    expect(headings.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
  });
});

describe('the dashboards', () => {
  it('there are three, each with a uid and a title of its own', () => {
    expect(dashboards.map(({ file }) => file).sort()).toEqual(['messaging.json', 'overview.json', 'service.json']);
    for (const key of ['uid', 'title'] as const)
      expect(new Set(dashboards.map((dashboard) => dashboard[key])).size).toBe(dashboards.length);
  });

  it.each(dashboards)('$file: every panel has an id of its own, a title, and something to show', (dashboard) => {
    const panels = panelsOf(dashboard);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const empty = panels.filter(
      ({ type, title, targets = [] }) => title === '' || (type !== 'row' && targets.every(({ expr }) => expr === '')),
    );
    expect(empty).toEqual([]);
  });

  it.each(dashboards)('$file asks only for figures and labels that are in the catalogue', (dashboard) => {
    expect(expressionsOf(dashboard).length).toBeGreaterThan(5);
    expect(expressionsOf(dashboard).flatMap(unknownIn)).toEqual([]);
  });
});
