import type { Identity, ListQuery, Listing, Page } from '@signalbox/chassis';
import { listVisible } from '@signalbox/chassis';
import type { Database } from '@signalbox/persistence';
import type { Application } from './application.js';

/** An application as lists show it. */
export type ApplicationSummary = Pick<Application, 'team' | 'repository' | 'definitionVersion'> & {
  name: string;
  environments: string[];
};

const listing: Listing<Application, ApplicationSummary> = {
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

  list(query: ListQuery, identity: Identity): Promise<Page<ApplicationSummary>> {
    return listVisible(this.database, listing, query, identity);
  }
}
