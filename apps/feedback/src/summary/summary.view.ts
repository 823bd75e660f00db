import type { ListQuery, ListRules, Page } from '@signalbox/chassis';
import type { Database } from '@signalbox/persistence';
import { kinds } from '../item/feedback-item.js';
import type { FeedbackKind } from '../item/feedback-item.js';
import { netPromoterScore, wilson } from './proportion.js';
import type { Interval, NetPromoterScore, Ratings } from './proportion.js';

export const summaryListRules: ListRules = {
  filters: { application: { column: 'application', kind: 'text' } },
  sorts: { plannedAt: 'planned_at' },
  defaultSort: '-plannedAt',
};

interface VersionRow {
  id: string;
  /** Empty: none was named. */
  version: string;
  planned_at: Date;
}

interface CountRow extends Ratings {
  version: string;
  kind: FeedbackKind;
  count: number;
}

/** What is said about one version. */
export interface FeedbackSummary {
  version: string | null;
  count: number;
  kinds: Record<FeedbackKind, number>;
  complaints: { share: number; interval: Interval };
  /** From surveys; absent below ten answers. */
  netPromoterScore?: NetPromoterScore & { answers: number };
}

/** Feedback counted by version, newest version first; what names no version comes last. */
export class SummaryView {
  constructor(private readonly database: Database) {}

  async list(application: string, { where, params, orderBy, limit, page }: ListQuery): Promise<Page<FeedbackSummary>> {
    const versions = await this.database.query<VersionRow>(
      `SELECT id, version, planned_at FROM (
         SELECT id, application, version, planned_at FROM release
         UNION ALL SELECT '', name, '', '-infinity' FROM application
       ) AS named WHERE ${where} AND EXISTS (
         SELECT FROM feedback_item AS item
         WHERE item.application = named.application AND coalesce(item.app_version, '') = named.version)
       ORDER BY ${orderBy} LIMIT ${limit + 1}`,
      params,
    );
    const counts = await this.counts(
      application,
      versions.map(({ version }) => version),
    );
    return page(
      versions,
      (row) => row.planned_at.toISOString(),
      ({ version }) => summaryOf(version, counts.get(version) ?? []),
    );
  }

  private async counts(application: string, versions: readonly string[]): Promise<Map<string, CountRow[]>> {
    const rows = await this.database.query<CountRow>(
      `SELECT coalesce(app_version, '') AS version, kind, count(*)::int AS count, count(rating)::int AS answers,
         count(*) FILTER (WHERE rating >= 9)::int AS promoters, count(*) FILTER (WHERE rating <= 6)::int AS detractors
       FROM feedback_item WHERE application = $1 AND coalesce(app_version, '') = ANY($2) GROUP BY 1, kind`,
      [application, versions],
    );
    return Map.groupBy(rows, ({ version }) => version);
  }
}

function summaryOf(version: string, rows: readonly CountRow[]): FeedbackSummary {
  const countOf = (kind: FeedbackKind) => rows.find((row) => row.kind === kind)?.count ?? 0;
  const count = rows.reduce((sum, row) => sum + row.count, 0);
  const complaints = countOf('complaint');
  const survey = rows.find(({ kind }) => kind === 'survey');
  const score = survey && netPromoterScore(survey);
  return {
    version: version || null,
    count,
    kinds: Object.fromEntries(kinds.map((kind) => [kind, countOf(kind)])) as Record<FeedbackKind, number>,
    complaints: { share: complaints / count, interval: wilson(complaints, count) },
    ...(score && { netPromoterScore: { ...score, answers: survey.answers } }),
  };
}
