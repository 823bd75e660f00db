import type { Database } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
import type { Release } from '../release/release.js';
import { emptySlot, slotId } from './slot.js';
import type { Slot } from './slot.js';

export class SlotStore extends Store<Slot> {
  constructor(database: Database) {
    super(database, {
      aggregate: 'slot',
      table: 'slot',
      source: '/signalbox/planning',
      columns: ({ application, environment }) => ({ application, environment }),
    });
  }

  /** The environments in which a release is what runs. */
  async whereLive({ id, application, definition }: Release): Promise<string[]> {
    const ids = Object.keys(definition?.environments ?? {}).map((environment) => slotId(application, environment));
    const slots = await this.select('id = ANY($1)', [ids], { orderBy: 'id' });
    return slots.flatMap(({ state }) => (state.current?.releaseId === id ? [state.environment] : []));
  }

  /** The slots of an application, made where they are missing and locked in one order. */
  async locked(application: string, environments: readonly string[]): Promise<Record<string, Slot>> {
    const found = await this.lockedNow(application, environments);
    const missing = environments.filter((environment) => !found[environment]).sort();
    if (missing.length === 0) return found;
    for (const environment of missing) await this.createOnce(emptySlot(application, environment), []);
    return this.lockedNow(application, environments);
  }

  private async lockedNow(application: string, environments: readonly string[]): Promise<Record<string, Slot>> {
    const ids = environments.map((environment) => slotId(application, environment));
    const slots = await this.lock(ids);
    return Object.fromEntries(slots.map(({ state }) => [state.environment, state]));
  }
}
