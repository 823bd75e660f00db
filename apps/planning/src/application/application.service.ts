import { requireVersion } from '@signalbox/chassis';
import type { Manifest } from '@signalbox/domain';
import type { Versioned } from '@signalbox/persistence';
import { define, redefine } from './application.js';
import type { Application, ApplicationWish } from './application.js';
import type { ApplicationStore } from './application.store.js';

export class ApplicationService {
  constructor(private readonly applications: ApplicationStore) {}

  find(name: string): Promise<Versioned<Application> | undefined> {
    return this.applications.find(name);
  }

  get(name: string): Promise<Versioned<Application>> {
    return this.applications.get(name);
  }

  listEnvironments(): Promise<string[]> {
    return this.applications.listEnvironments();
  }

  register(wish: ApplicationWish): Promise<Versioned<Application>> {
    const { next, events } = define(wish);
    return this.applications.create(next, events);
  }

  /** @param seen the version the caller read */
  redefine(name: string, wish: ApplicationWish, seen: number): Promise<Versioned<Application>> {
    return this.applications.change(name, (application, _now, version) => {
      requireVersion(seen, version);
      return redefine(application, wish, 'rest');
    });
  }

  /** By the file at the commit of a release. */
  redefineByFile(name: string, manifest: Manifest): Promise<Versioned<Application>> {
    return this.applications.change(name, (application) => redefine(application, { manifest }, 'file'));
  }
}
