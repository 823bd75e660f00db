import type { Identity, ListQuery, Listing, Page } from '@signalbox/chassis';
import { listVisible } from '@signalbox/chassis';
import type { Database } from '@signalbox/persistence';
import type { Application } from './application.js';

const listing: Listing<Application, object> = {
  table: 'application',
  owner: { application: 'id', team: 'team' },
  sortValue: (row) => row.id,
  show: (state) => ({
    name: state.id,
    team: state.team,
    repository: state.repository,
    definitionVersion: state.definitionVersion,
    environments: Object.keys(state.definition.environments),
  }),
};

/** Applications as lists show them. */
export class ApplicationView {
  constructor(private readonly database: Database) {}

  list(query: ListQuery, identity: Identity): Promise<Page<object>> {
    return listVisible(this.database, listing, query, identity);
  }
}
