import type { Identity, ListQuery, ListRules, Listing, Page } from '@signalbox/chassis';
import { listVisible } from '@signalbox/chassis';
import type { Database } from '@signalbox/persistence';
import { buildStatuses } from './build.js';
import type { Build } from './build.js';

export const buildListRules: ListRules = {
  filters: {
    releaseId: { column: 'release_id', kind: 'text' },
    application: { column: 'application', kind: 'text' },
    status: { column: 'status', kind: 'text', values: buildStatuses },
    queuedAt: { column: 'queued_at', kind: 'time' },
  },
  sorts: { queuedAt: 'queued_at' },
  defaultSort: '-queuedAt',
};

const listing: Listing<Build, ShownBuild> = {
  table: 'build',
  sortValue: (row) => row.state.queuedAt,
  show: shownBuild,
};

/** Builds as lists show them. */
export class BuildView {
  constructor(private readonly database: Database) {}

  list(query: ListQuery, caller: Identity): Promise<Page<ShownBuild>> {
    return listVisible(this.database, listing, query, caller);
  }
}

/** A build as REST answers it. */
export type ShownBuild = Omit<Build, 'of' | 'minPassed'> & { attempt: number };

export function shownBuild({ of, minPassed: _policy, ...build }: Build): ShownBuild {
  return { ...build, attempt: of.attempt };
}
