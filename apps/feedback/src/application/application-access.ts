import { authorize } from '@signalbox/chassis';
import type { Identity, Scope } from '@signalbox/chassis';
import { DomainError } from '@signalbox/domain';
import type { Application, ApplicationStore } from './application.projection.js';

/** The application a caller names, if the caller may do this with it. */
export class ApplicationAccess {
  constructor(private readonly applications: ApplicationStore) {}

  /** @param what how the caller named it, unless by the application itself: what is hidden is told as what is absent */
  async authorized(caller: Identity, scope: Scope, name: string, what = `application ${name}`): Promise<Application> {
    const application = await this.applications.find(name);
    if (!application) throw new DomainError('not_found', `no ${what}`);
    authorize(caller, scope, { application: name, team: application.team }, what);
    return application;
  }
}
