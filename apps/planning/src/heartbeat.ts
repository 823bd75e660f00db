import { draft, planningAlive } from '@signalbox/domain';
import type { Database } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';

interface Heartbeat {
  id: 'planning';
  beatAt: string;
}

const everyMs = 5_000;

/** Tells readers of the reference topic that their copies are fresh; one beat for all replicas, by a wake-up. */
export class PlanningHeartbeat {
  private readonly store: Store<Heartbeat>;

  constructor(database: Database, onCommit: () => void) {
    this.store = new Store(
      database,
      {
        aggregate: 'heartbeat',
        table: 'heartbeat',
        source: '/signalbox/planning',
        nextWakeUp: (beat) => new Date(Date.parse(beat.beatAt) + everyMs),
      },
      onCommit,
    );
  }

  async begin(): Promise<void> {
    await this.store.createOnce({ id: 'planning', beatAt: new Date(0).toISOString() }, []);
  }

  beat(id: string): Promise<unknown> {
    return this.store.change(id, (state, now) => {
      if (now.getTime() - Date.parse(state.beatAt) < everyMs - 500) return { next: state, events: [] };
      const at = now.toISOString();
      return {
        next: { ...state, beatAt: at },
        events: [draft(planningAlive, { subject: 'planning', key: 'alive/planning', content: { at } })],
      };
    });
  }
}
