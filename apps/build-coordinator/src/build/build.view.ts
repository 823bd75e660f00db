import type { Identity, ListQuery, ListRules, Page } from '@signalbox/chassis';
import { visibleTo } from '@signalbox/chassis';
import type { Database } from '@signalbox/persistence';
import type { Build } from './build.js';

export const buildListRules: ListRules = {
  filters: {
    releaseId: { column: 'release_id', kind: 'text' },
    application: { column: 'application', kind: 'text' },
    status: { column: 'status', kind: 'text' },
    queuedAt: { column: 'queued_at', kind: 'time' },
  },
  sorts: { queuedAt: 'queued_at' },
  defaultSort: '-queuedAt',
};

/** Builds as lists show them. */
export class BuildView {
  constructor(private readonly database: Database) {}

  async list(query: ListQuery, caller: Identity): Promise<Page<object>> {
    const params = [...query.params];
    const visible = visibleTo(caller, params);
    const rows = await this.database.query<{ id: string; state: Build }>(
      `SELECT id, state FROM build WHERE (${query.where}) AND ${visible}
       ORDER BY ${query.orderBy} LIMIT ${query.limit + 1}`,
      params,
    );
    return query.page(
      rows,
      (row) => row.state.queuedAt,
      (row) => shownBuild(row.state),
    );
  }
}

export function shownBuild({ of, minPassed: _policy, ...build }: Build): object {
  return { ...build, attempt: of.attempt };
}
