import type { Database, OnCommit, Versioned } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
import type { Deployment } from './deployment.js';

export class DeploymentStore extends Store<Deployment> {
  constructor(database: Database, onCommit: OnCommit<Deployment>) {
    super(
      database,
      {
        aggregate: 'deployment',
        table: 'deployment',
        source: '/signalbox/deployer',
        keepsTrace: true,
        columns: ({ application, environment, team, of, status }) => ({
          application,
          environment,
          team,
          release_id: of.releaseId,
          status,
        }),
      },
      onCommit,
    );
  }

  /** Rollouts of an environment that have not ended, oldest first. */
  open(application: string, environment: string): Promise<Versioned<Deployment>[]> {
    return this.select("application = $1 AND environment = $2 AND status <> 'ended'", [application, environment], {
      orderBy: 'created_at, id',
    });
  }

  async findAnalysed(analysisId: string): Promise<Deployment | undefined> {
    return (await this.find(analysisId.replace(/^ana_/, '')))?.state;
  }
}
