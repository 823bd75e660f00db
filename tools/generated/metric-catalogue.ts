import type { Registry } from 'prom-client';

/** One process's `/metrics`. */
export interface Shown {
  process: string;
  registries: readonly Registry[];
}

export interface Figure {
  name: string;
  type: string;
  labels: string[];
  help: string;
}

/** A figure as the client library keeps it; its types leave the labels out. */
interface Kept {
  name: string;
  help: string;
  type: string;
  labelNames?: readonly string[];
}

const names = (kept: readonly Figure[]) => kept.map(({ name }) => name);

/** What one process shows, by name. */
export function figuresOf({ registries }: Pick<Shown, 'registries'>): Figure[] {
  const kept = registries.flatMap((registry) => registry.getMetricsAsArray() as unknown as Kept[]);
  return kept
    .map(({ name, help, type, labelNames = [] }) => ({ name, type, help, labels: [...labelNames] }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The catalogue as a page: first what several processes show, then what each has of its own. */
export function metricCatalogue(shown: readonly Shown[]): string {
  const figures = shown.map((each) => ({ process: each.process, own: figuresOf(each) }));
  const services = figures.filter(({ process }) => process !== 'host');
  const isEverywhere = ({ name }: Figure) => figures.every(({ own }) => names(own).includes(name));
  const isOfServices = ({ name }: Figure) => services.every(({ own }) => names(own).includes(name));
  const [one] = services;
  const common = one?.own.filter(isOfServices) ?? [];
  const sections: [string, Figure[]][] = [
    ['Every process', common.filter((figure) => isEverywhere(figure) && !isOfNode(figure))],
    ['Every service', common.filter((figure) => !isEverywhere(figure))],
    ...figures.map(({ process, own }): [string, Figure[]] => [
      process,
      own.filter((figure) => !isEverywhere(figure) && !isOfServices(figure)),
    ]),
    ['Node.js and the operating system, every process', common.filter(isOfNode)],
  ];
  return `${[
    '# Metrics',
    'Generated from the registries of running processes by `npm run generate`. Each process shows its figures at `/metrics`, without a key: keep that path inside. The runner listens nowhere; the build-coordinator shows how many runners there are.',
    'Names end in their unit (`_seconds`, `_bytes`, `_ratio`); `_total` only rises, from 0 at each start. A histogram has the series `_bucket`, `_sum` and `_count`. A gauge that could not be read is left out, never guessed. Figures of tables (`…_open`, `…_rows`, ages) are the same for every process of a service: take `max`, not `sum`.',
    ...sections.map(([title, own]) => [`## ${title}`, table(own)].join('\n\n')),
  ].join('\n\n')}\n`;
}

const isOfNode = ({ name }: Figure) => !name.startsWith('signalbox_');

function table(figures: readonly Figure[]): string {
  const rows = figures.map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help.replaceAll('|', '\\|')} |`,
  );
  return ['| name | type | labels | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** Reads the page again: every figure by its name. */
export function readCatalogue(page: string): Map<string, Figure> {
  const rows = [...page.matchAll(/^\| `([a-z0-9_]+)` \| (\w+) \| (.*?) \| (.*) \|$/gm)];
  return new Map(
    rows.map(([, name = '', type = '', labels = '', help = '']) => [
      name,
      { name, type, help, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label) },
    ]),
  );
}
