import { Injectable } from '@nestjs/common';
import type { Database, Versioned } from '@signalbox/persistence';
import { detected, reported, resolve } from './incident.js';
import type { Incident, OpenIncident } from './incident.js';
import type { IncidentStore } from './incident.store.js';

interface Failed {
  id: string;
  releaseId: string;
  application: string;
  environment: string;
  version: string;
  purl: string;
}

@Injectable()
export class IncidentService {
  constructor(
    private readonly database: Database,
    private readonly incidents: IncidentStore,
  ) {}

  /** Opens the one incident of a watch that has failed. */
  async detect({ id, ...about }: Failed, description: string): Promise<void> {
    const { releaseId, application, environment, version, purl } = about;
    const incident: Incident = {
      id: id.replace(/^wat_/, 'inc_'),
      application,
      environment,
      version,
      releaseId,
      purl,
      description,
      openedBy: 'monitor',
      openedAt: (await this.database.now()).toISOString(),
      status: 'open',
    };
    await this.incidents.createOnce(incident, [detected(incident)]);
  }

  report(wish: OpenIncident): Promise<Versioned<Incident>> {
    const incident: Incident = { ...wish, status: 'open' };
    return this.incidents.create(incident, [reported(incident)]);
  }

  resolve(id: string, by: string, note: string | undefined): Promise<Versioned<Incident>> {
    return this.incidents.change(id, (incident, now) => resolve(incident, by, note, now));
  }

  get(id: string): Promise<Versioned<Incident>> {
    return this.incidents.get(id);
  }
}
