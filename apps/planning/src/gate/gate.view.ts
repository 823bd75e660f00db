import { listVisible } from '@signalbox/chassis';
import type { Identity, ListQuery, ListRules, Page } from '@signalbox/chassis';
import type { Database } from '@signalbox/persistence';
import type { GateKind, GateOf } from './gate.js';
import { isOpen } from './gate.store.js';

/** The application a gate is about: its own, or its release's. */
const owner = `coalesce(release.application, gate.state->'scope'->>'application', gate.state->>'application')`;

export const gateListRules: ListRules = {
  filters: { application: { column: owner, kind: 'text' } },
  // Ids are drawn in the order of creation.
  sorts: { createdAt: 'gate.id' },
  defaultSort: 'createdAt',
  id: 'gate.id',
};

/** Gates that are or will be in force, as lists show them. */
export class GateView {
  constructor(private readonly database: Database) {}

  /** Gates without an application concern everybody; the others only who may see their application. */
  list<K extends GateKind>(kind: K, query: ListQuery, caller: Identity): Promise<Page<GateOf<K>>> {
    const listing = {
      table: 'gate',
      join: `LEFT JOIN release ON release.id = coalesce(gate.state->'scope'->>'releaseId', gate.state->>'releaseId')
             LEFT JOIN application ON application.id = ${owner}`,
      where: `gate.kind = '${kind}' AND ${isOpen}`,
      owner: { application: owner, team: 'application.team' },
      isEverybodys: `${owner} IS NULL`,
      sortValue: (row: { id: string }) => row.id,
      show: (gate: GateOf<K>) => gate,
    };
    return listVisible(this.database, listing, query, caller);
  }
}
