import type { Identity, ListQuery, ListRules, Listing, Page } from '@signalbox/chassis';
import { listVisible } from '@signalbox/chassis';
import type { Running } from '@signalbox/domain';
import type { Database } from '@signalbox/persistence';
import { runningOf } from './environment.js';
import type { Environment } from './environment.js';

export const environmentListRules: ListRules = {
  filters: {
    application: { column: 'application', kind: 'text' },
    environment: { column: 'environment', kind: 'text' },
  },
  sorts: { id: 'id' },
  defaultSort: 'id',
};

const listing: Listing<Environment, ShownEnvironment> = {
  table: 'environment',
  sortValue: (row) => row.id,
  show: environmentBody,
};

/** The inventory: what runs where, since when, and who put it there. */
export class EnvironmentView {
  constructor(private readonly database: Database) {}

  /** What has been put on a target. */
  async put(): Promise<{ id: string; application: string; environment: string; generation: number }[]> {
    return this.database.query(
      `SELECT id, application, environment, (state->>'generation')::int AS generation FROM environment
       WHERE (state->>'putGeneration')::bigint > 0 ORDER BY id LIMIT 500`,
    );
  }

  list(query: ListQuery, identity: Identity): Promise<Page<ShownEnvironment>> {
    return listVisible(this.database, listing, query, identity);
  }
}

/** An environment as REST answers it. Commands, configuration and secrets stay here: what is shown is what runs. */
export type ShownEnvironment = Pick<
  Environment,
  'id' | 'application' | 'environment' | 'team' | 'url' | 'metricsUrl' | 'since' | 'deployedBy'
> & {
  current?: Running;
  previous?: Running;
  /** A version on its way in, with its share of the traffic in percent. */
  rollout?: Running & { weight: number };
  /** Whether the host has taken what should run. */
  isSettled: boolean;
};

export function environmentBody(state: Environment): ShownEnvironment {
  const {
    id,
    application,
    environment,
    team,
    url,
    metricsUrl,
    current,
    previous,
    since,
    deployedBy,
    rollout,
    generation,
    putGeneration,
  } = state;
  return {
    id,
    application,
    environment,
    team,
    url,
    metricsUrl,
    ...(current && { current: runningOf(current) }),
    ...(previous && { previous: runningOf(previous) }),
    ...(rollout && { rollout: { ...runningOf(rollout.spec), weight: rollout.weight } }),
    since,
    deployedBy,
    isSettled: putGeneration >= generation,
  };
}
