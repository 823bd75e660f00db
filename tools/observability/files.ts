import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..', '..');
export const folder = join(root, 'deploy', 'prometheus');
const dashboards = join(root, 'deploy', 'grafana', 'dashboards');

export interface Alert {
  alert: string;
  expr: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface RuleTest {
  name: string;
  promql_expr_test?: { exp_samples: { labels: string; value: number }[] }[];
}

interface Panel {
  id: number;
  type: string;
  title: string;
  panels?: Panel[];
  targets?: { expr: string; refId: string }[];
}

export interface Dashboard {
  file: string;
  uid: string;
  title: string;
  panels: Panel[];
  templating?: { list: { name: string; query?: string | { query: string } }[] };
}

export function alertsOf(): Alert[] {
  const { groups } = parse(readFileSync(join(folder, 'alerts.yml'), 'utf8')) as { groups: { rules: Alert[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

export function testsOf(): RuleTest[] {
  return (parse(readFileSync(join(folder, 'alerts.test.yml'), 'utf8')) as { tests: RuleTest[] }).tests;
}

export function dashboardsOf(): Dashboard[] {
  return readdirSync(dashboards)
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({ ...(JSON.parse(readFileSync(join(dashboards, file), 'utf8')) as Dashboard), file }));
}

/** All panels, also those inside rows. */
export function panelsOf({ panels }: Pick<Dashboard, 'panels'>): Panel[] {
  return panels.flatMap((panel) => [panel, ...panelsOf({ panels: panel.panels ?? [] })]);
}

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** As GitHub makes them from headings. */
export function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

export interface Used {
  metric: string;
  labels: string[];
}

const ours = /\b((?:signalbox|process|nodejs)_[a-z0-9_]+)(?:\{([^}]*)\})?/g;

/** The figures an expression asks for, and the labels by which it chooses. */
export function usedBy(expr: string): Used[] {
  return [...expr.matchAll(ours)].map(([, metric = '', matchers = '']) => ({
    metric,
    labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
  }));
}
