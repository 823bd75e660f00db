import type { Identity, ListQuery, ListRules, Page } from '@signalbox/chassis';
import { visibleTo } from '@signalbox/chassis';
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

/** The inventory: what runs where, since when, and who put it there. */
export class EnvironmentView {
  constructor(private readonly database: Database) {}

  async list(query: ListQuery, identity: Identity): Promise<Page<object>> {
    const params = [...query.params];
    const visible = visibleTo(identity, params);
    const rows = await this.database.query<{ id: string; state: Environment }>(
      `SELECT id, state FROM environment WHERE (${query.where}) AND ${visible} ORDER BY ${query.orderBy} LIMIT ${query.limit + 1}`,
      params,
    );
    return query.page(
      rows,
      (row) => row.id,
      (row) => environmentBody(row.state),
    );
  }
}

/** Commands, configuration and secrets stay here: what is shown is what runs. */
export function environmentBody(state: Environment): object {
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
