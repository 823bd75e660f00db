import type { Identity, ListQuery, ListRules, Listing, Page } from '@signalbox/chassis';
import { listVisible } from '@signalbox/chassis';
import { DomainError } from '@signalbox/domain';
import type { Database } from '@signalbox/persistence';
import { deploymentStatuses } from './deployment.js';
import type { Deployment } from './deployment.js';

export const deploymentListRules: ListRules = {
  filters: {
    application: { column: 'application', kind: 'text' },
    environment: { column: 'environment', kind: 'text' },
    releaseId: { column: 'release_id', kind: 'text' },
    status: { column: 'status', kind: 'text', values: deploymentStatuses },
  },
  sorts: { createdAt: 'created_at' },
  defaultSort: '-createdAt',
};

interface Row {
  id: string;
  version: string;
  created_at: Date;
  state: Deployment;
}

const listing: Listing<Deployment, ShownDeployment> = {
  table: 'deployment',
  sortValue: (row) => row.created_at.toISOString(),
  show: deploymentBody,
};

export class DeploymentView {
  constructor(private readonly database: Database) {}

  list(query: ListQuery, identity: Identity): Promise<Page<ShownDeployment>> {
    return listVisible(this.database, listing, query, identity);
  }

  async get(id: string): Promise<{ state: Deployment; version: number }> {
    const [row] = await this.database.query<Row>(
      'SELECT id, version, created_at, state FROM deployment WHERE id = $1',
      [id],
    );
    if (!row) throw new DomainError('not_found', `no deployment ${id}`);
    return { state: row.state, version: Number(row.version) };
  }
}

/** A deployment as REST answers it: without commands and configuration. */
export type ShownDeployment = Omit<Deployment, 'definition' | 'told' | 'toldAt' | 'of'> &
  Pick<Deployment['of'], 'releaseId' | 'stage' | 'attempt'>;

export function deploymentBody(state: Deployment): ShownDeployment {
  const { definition: _, told: __, toldAt: ___, of, ...rest } = state;
  return { ...rest, releaseId: of.releaseId, stage: of.stage, attempt: of.attempt };
}
