import type { Database } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
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

  /** The slots of an application, made where they are missing and locked in one order. */
  async locked(application: string, environments: readonly string[]): Promise<Record<string, Slot>> {
    const names = [...environments].sort();
    for (const environment of names) await this.createOnce(emptySlot(application, environment), []);
    await this.lock(names.map((environment) => slotId(application, environment)));
    const slots = await this.select('application = $1 AND environment = ANY($2)', [application, names]);
    return Object.fromEntries(slots.map(({ state }) => [state.environment, state]));
  }
}
