import type { Decision, GateReference } from '@signalbox/domain';
import { DomainError } from '@signalbox/domain';
import type { Database, OnCommit, Versioned } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
import { endOf } from './gate.js';
import type { Gate, GateKind, GateOf } from './gate.js';

/** SQL: not taken away, and its time has not come. */
export const isOpen = 'NOT gate.removed AND (gate.ends_at IS NULL OR gate.ends_at > now())';

export class GateStore extends Store<Gate> {
  constructor(database: Database, onCommit: OnCommit<Gate>) {
    super(
      database,
      {
        aggregate: 'gate',
        table: 'gate',
        source: '/signalbox/planning',
        columns: (gate) => ({ kind: gate.kind, removed: gate.removed, ends_at: endOf(gate) ?? null }),
      },
      onCommit,
    );
  }

  /** What decides about releases of an application: everything in force now or later. Quarantines are never few. */
  async reference(application: string): Promise<GateReference> {
    const found = await Promise.all([
      this.select(`${isOpen} AND kind <> 'quarantine'`, [], { orderBy: 'id' }),
      this.select(`${isOpen} AND kind = 'quarantine' AND state->>'application' = $1`, [application], { orderBy: 'id' }),
    ]);
    const gates = found.flat().map(({ state }) => state);
    const of = <K extends GateKind>(kind: K) => gates.filter((gate): gate is GateOf<K> => gate.kind === kind);
    return { freezes: of('freeze'), holds: of('hold'), overrides: of('override'), quarantines: of('quarantine') };
  }

  /** Whether this artifact may not enter this environment already. */
  async isQuarantined(application: string, digest: string, environment: string): Promise<boolean> {
    const found = await this.select(
      `${isOpen} AND kind = 'quarantine' AND state->>'application' = $1 AND state->>'digest' = $2
       AND coalesce(state->>'environment', $3) = $3`,
      [application, digest, environment],
      { limit: 1 },
    );
    return found.length > 0;
  }

  async getKind<K extends GateKind>(kind: K, id: string): Promise<Versioned<GateOf<K>>> {
    const found = await this.find(id);
    if (found?.state.kind !== kind) throw new DomainError('not_found', `no ${kind} ${id}`);
    return found as Versioned<GateOf<K>>;
  }

  /** Changes a gate of one kind. */
  changeKind<K extends GateKind>(
    kind: K,
    id: string,
    decide: (gate: GateOf<K>, now: Date) => Decision<GateOf<K>>,
  ): Promise<Versioned<GateOf<K>>> {
    const changed = this.change(id, (gate, now): Decision<Gate> => {
      if (gate.kind !== kind) throw new DomainError('not_found', `no ${kind} ${id}`);
      return decide(gate as GateOf<K>, now);
    });
    return changed as Promise<Versioned<GateOf<K>>>;
  }
}
