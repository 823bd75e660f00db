import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

/** The labels of a figure and the values they may have; an empty list: values are not known beforehand, but few. */
export type Labels<L extends string> = Readonly<Record<L, readonly string[]>>;

/** What a gauge shows for one set of labels. */
export interface Reading<L extends string> {
  readonly labels?: Readonly<Record<L, string>>;
  readonly value: number;
}

/** For how long a question to the database, or a call to others, usually lasts. */
export const briefSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** From a second to a week: stages, builds, releases. */
export const longSeconds = [1, 5, 15, 30, 60, 300, 900, 3_600, 14_400, 86_400, 604_800];

const readWithinMs = 2_000;

/** Makes a service's figures in its registry; all are called `signalbox_…`. */
export class Meter {
  private readonly unread: Counter<'gauge'>;

  constructor(private readonly registry: Registry) {
    this.unread = this.counter('gauge_failures_total', 'Times a gauge could not be read and was left out', {
      gauge: [],
    });
  }

  /** Known label values show 0 from the start, so that the first of each is an increase. */
  counter<L extends string = never>(name: string, help: string, labels = {} as Labels<L>): Counter<L> {
    const counter = new Counter<L>(this.configuration(name, help, labels));
    for (const known of combinations(labels)) counter.inc(known, 0);
    return counter;
  }

  histogram<L extends string = never>(
    name: string,
    help: string,
    buckets: number[],
    labels = {} as Labels<L>,
  ): Histogram<L> {
    const histogram = new Histogram<L>({ ...this.configuration(name, help, labels), buckets });
    for (const known of combinations(labels)) histogram.zero(known);
    return histogram;
  }

  gauge<L extends string = never>(name: string, help: string, labels = {} as Labels<L>): Gauge<L> {
    return new Gauge<L>(this.configuration(name, help, labels));
  }

  /** A gauge that is read when it is scraped. What cannot be read within two seconds is left out, never guessed. */
  reading<L extends string = never>(
    name: string,
    help: string,
    read: () => Promise<readonly Reading<L>[]>,
    labels = {} as Labels<L>,
  ): Gauge<L> {
    const { unread } = this;
    const none = combinations(labels).map((known): Reading<L> => ({ labels: known as Record<L, string>, value: 0 }));
    const configuration = {
      ...this.configuration(name, help, labels),
      async collect(this: Gauge<L>): Promise<void> {
        try {
          const readings = await inTime(read());
          this.reset();
          for (const { labels, value } of [...none, ...readings]) this.set({ ...labels } as Record<L, string>, value);
        } catch {
          this.reset();
          // Without labels a gauge would be 0, which is a claim.
          if (Object.keys(labels).length === 0) this.remove();
          unread.inc({ gauge: `signalbox_${name}` });
        }
      },
    };
    return new Gauge<L>(configuration);
  }

  private configuration<L extends string>(name: string, help: string, labels: Labels<L>) {
    return {
      name: `signalbox_${name}`,
      help,
      labelNames: Object.keys(labels) as L[],
      registers: [this.registry],
    };
  }
}

/** Every set of known label values; none where a label's values are not known. */
function combinations<L extends string>(labels: Labels<L>): Record<L, string>[] {
  const entries = Object.entries(labels) as [L, readonly string[]][];
  if (entries.length === 0) return [];
  return entries.reduce(
    (sets, [label, values]) => sets.flatMap((set) => values.map((value) => ({ ...set, [label]: value }))),
    [{} as Record<L, string>],
  );
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${readWithinMs} ms`)), readWithinMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
