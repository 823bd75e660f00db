import { requireVersion } from '@signalbox/chassis';
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

  /** @param seen the version the caller read; undefined for planning itself, which has read the file at a commit */
  async redefine(
    name: string,
    wish: ApplicationWish,
    source: Application['source'],
    seen?: number,
  ): Promise<Versioned<Application>> {
    return this.applications.change(name, (application, _now, version) => {
      if (seen !== undefined) requireVersion(seen, version);
      return redefine(application, wish, source);
    });
  }
}
