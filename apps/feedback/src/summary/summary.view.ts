import type { Database } from '@signalbox/persistence';
import { kinds } from '../item/feedback-item.js';
import type { Kind } from '../item/feedback-item.js';
import { netPromoterScore, wilson } from './proportion.js';
import type { Interval, NetPromoterScore } from './proportion.js';

interface Row {
  version: string | null;
  kind: Kind;
  count: number;
  ratings: number[];
}

/** What is said about one version. */
export interface FeedbackSummary {
  version: string | null;
  count: number;
  kinds: Record<Kind, number>;
  complaints: { share: number; interval: Interval };
  /** From surveys; absent below ten answers. */
  netPromoterScore?: NetPromoterScore & { answers: number };
}

/** Feedback counted by version, newest version first. */
export class SummaryView {
  constructor(private readonly database: Database) {}

  async list(application: string): Promise<FeedbackSummary[]> {
    const rows = await this.database.query<Row>(
      `SELECT app_version AS version, kind, count(*)::int AS count,
         coalesce(array_agg(rating) FILTER (WHERE rating IS NOT NULL), '{}') AS ratings
       FROM feedback_item WHERE application = $1 GROUP BY app_version, kind`,
      [application],
    );
    const order = await this.database.query<{ version: string }>(
      'SELECT version FROM release WHERE application = $1 ORDER BY planned_at DESC, id DESC',
      [application],
    );
    const versions = [...order.map(({ version }) => version), null];
    return versions.flatMap((version) => {
      const found = rows.filter((row) => row.version === version);
      return found.length === 0 ? [] : [summaryOf(version, found)];
    });
  }
}

function summaryOf(version: string | null, rows: readonly Row[]): FeedbackSummary {
  const countOf = (kind: Kind) => rows.find((row) => row.kind === kind)?.count ?? 0;
  const count = rows.reduce((sum, row) => sum + row.count, 0);
  const complaints = countOf('complaint');
  const ratings = rows.find(({ kind }) => kind === 'survey')?.ratings ?? [];
  const score = netPromoterScore(ratings);
  return {
    version,
    count,
    kinds: Object.fromEntries(kinds.map((kind) => [kind, countOf(kind)])) as Record<Kind, number>,
    complaints: { share: complaints / count, interval: wilson(complaints, count) },
    ...(score && { netPromoterScore: { ...score, answers: ratings.length } }),
  };
}
