import type { Decision, GateReference } from '@signalbox/domain';
import { DomainError } from '@signalbox/domain';
import type { Database, Versioned } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
import type { Gate, GateKind, GateOf } from './gate.js';

export class GateStore extends Store<Gate> {
  constructor(database: Database, onCommit: () => void) {
    super(
      database,
      {
        aggregate: 'gate',
        table: 'gate',
        source: '/signalbox/planning',
        columns: ({ kind, removed }) => ({ kind, removed }),
      },
      onCommit,
    );
  }

  /** Every gate that has not been removed. */
  async open(): Promise<Gate[]> {
    return (await this.select('NOT removed', [], { orderBy: 'id' })).map(({ state }) => state);
  }

  async reference(): Promise<GateReference> {
    const gates = await this.open();
    const of = <K extends GateKind>(kind: K) => gates.filter((gate): gate is GateOf<K> => gate.kind === kind);
    return { freezes: of('freeze'), holds: of('hold'), overrides: of('override'), quarantines: of('quarantine') };
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
  ): Promise<Versioned<Gate>> {
    return this.change(id, (gate, now): Decision<Gate> => {
      if (gate.kind !== kind) throw new DomainError('not_found', `no ${kind} ${id}`);
      return decide(gate as GateOf<K>, now);
    });
  }
}
