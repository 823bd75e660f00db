import type { Identity, ListQuery, Page } from '@signalbox/chassis';
import { visibleTo } from '@signalbox/chassis';
import type { Database } from '@signalbox/persistence';
import type { Application } from './application.js';

/** Applications as lists show them. */
export class ApplicationView {
  constructor(private readonly database: Database) {}

  async list(query: ListQuery, identity: Identity): Promise<Page<object>> {
    const params = [...query.params];
    const visible = visibleTo(identity, params, { application: 'id', team: 'team' });
    const rows = await this.database.query<{ id: string; state: Application }>(
      `SELECT id, state FROM application WHERE (${query.where}) AND ${visible} ORDER BY ${query.orderBy} LIMIT ${query.limit + 1}`,
      params,
    );
    return query.page(
      rows,
      (row) => row.id,
      ({ state }) => ({
        name: state.id,
        team: state.team,
        repository: state.repository,
        definitionVersion: state.definitionVersion,
        environments: Object.keys(state.definition.environments),
      }),
    );
  }
}
