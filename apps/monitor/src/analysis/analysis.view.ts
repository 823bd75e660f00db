import type { Identity, ListQuery, ListRules, Listing, Page } from '@signalbox/chassis';
import { listVisible } from '@signalbox/chassis';
import type { Judgement } from '@signalbox/domain';
import type { Database } from '@signalbox/persistence';
import { analysisStatuses } from './analysis.js';
import type { Analysis } from './analysis.js';

export const analysisListRules: ListRules = {
  filters: {
    releaseId: { column: 'release_id', kind: 'text' },
    application: { column: 'analysis.application', kind: 'text' },
    status: { column: 'status', kind: 'text', values: analysisStatuses },
    startedAt: { column: 'started_at', kind: 'time' },
  },
  sorts: { startedAt: 'started_at' },
  defaultSort: '-startedAt',
};

export const judgementListRules: ListRules = {
  filters: {},
  sorts: { number: 'number' },
  defaultSort: '-number',
};

const listing: Listing<Analysis, ShownAnalysis> = {
  table: 'analysis',
  join: 'LEFT JOIN application ON application.name = analysis.application',
  owner: { application: 'analysis.application', team: 'team' },
  sortValue: (row) => row.state.startedAt,
  show: shownAnalysis,
};

/** A judgement, and when it was made. */
export type DatedJudgement = Judgement & { at: Date };

/** Analyses and their judgements as lists show them. */
export class AnalysisView {
  constructor(private readonly database: Database) {}

  list(query: ListQuery, caller: Identity): Promise<Page<ShownAnalysis>> {
    return listVisible(this.database, listing, query, caller);
  }

  async judgements(analysisId: string, query: ListQuery): Promise<Page<DatedJudgement>> {
    const params = [...query.params, analysisId];
    const rows = await this.database.query<{ id: string; number: number; at: Date; body: Judgement }>(
      `SELECT * FROM (SELECT number::text AS id, number, at, body FROM judgement WHERE analysis_id = $${params.length}) AS judgement
       WHERE ${query.where} ORDER BY ${query.orderBy} LIMIT ${query.limit + 1}`,
      params,
    );
    return query.page(
      rows,
      (row) => row.number,
      (row) => ({ ...row.body, at: row.at }),
    );
  }
}

/** An analysis as REST answers it: without the judge's memory. */
export type ShownAnalysis = Omit<Analysis, 'evidence' | 'lastSample' | 'sampledAt' | 'looks' | 'wantedStep'>;

export function shownAnalysis(analysis: Analysis): ShownAnalysis {
  const {
    evidence: _evidence,
    lastSample: _sample,
    sampledAt: _at,
    looks: _looks,
    wantedStep: _wanted,
    ...shown
  } = analysis;
  return shown;
}
