import { DomainError } from '@signalbox/domain';
import type { SlotAccepted } from '@signalbox/domain';
import type { Versioned } from '@signalbox/persistence';
import { acknowledged, environmentId, newEnvironment } from './environment.js';
import type { Environment } from './environment.js';
import type { EnvironmentStore } from './environment.store.js';

export class EnvironmentService {
  constructor(private readonly environments: EnvironmentStore) {}

  async get(application: string, environment: string): Promise<Versioned<Environment>> {
    const found = await this.environments.find(environmentId(application, environment));
    if (!found) throw new DomainError('not_found', `no environment ${environment} of ${application}`);
    return found;
  }

  getById(id: string): Promise<Versioned<Environment>> {
    return this.environments.get(id);
  }

  /** Reserves an address for an environment that has none yet. */
  async reserve(application: string, team: string, name: string, now: Date): Promise<void> {
    await this.environments.createOnce(newEnvironment(application, name, team, now), []);
  }

  /** Each environment of an application has an address, and belongs to whom the application does. */
  async prepare(application: string, team: string, names: readonly string[], now: Date): Promise<void> {
    for (const name of names) {
      await this.reserve(application, team, name, now);
      await this.environments.change(environmentId(application, name), (state) => ({
        next: state.team === team ? state : { ...state, team },
        events: [],
      }));
    }
  }

  acknowledge(id: string, generation: number, accepted: SlotAccepted): Promise<Versioned<Environment>> {
    return this.environments.change(id, (state) => acknowledged(state, generation, accepted.url, accepted.metricsUrl));
  }

  /** The host has another or an older state than it acknowledged: it is put again, under a higher generation. */
  putAgain(id: string, atLeast: number): Promise<Versioned<Environment>> {
    return this.environments.change(id, (state) => ({
      next: { ...state, generation: Math.max(state.generation, atLeast) + 1 },
      events: [],
    }));
  }

  unsettled(): Promise<string[]> {
    return this.environments.unsettled();
  }

  overdue(): Promise<string[]> {
    return this.environments.overdue();
  }

  looked(id: string, againInMs: number): Promise<void> {
    return this.environments.looked(id, againInMs);
  }
}
