import { authorize, Resource } from '@signalbox/chassis';
import type { Identity, Scope } from '@signalbox/chassis';
import type { Versioned } from '@signalbox/persistence';
import type { ApplicationService } from '../application/application.service.js';
import type { Release } from './release.js';
import type { ReleaseService } from './release.service.js';
import type { ReleaseView } from './release.view.js';
import type { ShownRelease } from './shown-release.js';

/** Who may see and change which release, by whose its application is now, and how it is shown to them. */
export class ReleaseAccess {
  constructor(
    private readonly service: ReleaseService,
    private readonly applications: ApplicationService,
    private readonly view: ReleaseView,
  ) {}

  async load(caller: Identity, scope: Scope, id: string): Promise<Versioned<Release>> {
    const found = await this.service.get(id);
    const { state } = await this.applications.get(found.state.application);
    authorize(caller, scope, { application: state.id, team: state.team }, `release ${id}`);
    return found;
  }

  async show(release: Versioned<Release>, status?: number): Promise<Resource<ShownRelease>> {
    return new Resource(await this.view.show(release.state), release.version, status === undefined ? {} : { status });
  }
}
