import type { Actor, ApprovalRule } from '@signalbox/domain';
import type { Database } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
import { protect } from './protection.js';
import type { Protection } from './protection.js';

export class ProtectionStore extends Store<Protection> {
  constructor(database: Database, onCommit: () => void) {
    super(
      database,
      { aggregate: 'environment protection', table: 'protection', source: '/signalbox/planning' },
      onCommit,
    );
  }

  /** By environment; one without protection has none. */
  async rulesOf(environments: readonly string[]): Promise<Record<string, ApprovalRule[]>> {
    const found = await this.select('id = ANY($1)', [environments]);
    return Object.fromEntries(found.map(({ state }) => [state.id, state.approvals]));
  }

  async put(environment: string, approvals: ApprovalRule[], by: Actor) {
    await this.createOnce({ id: environment, approvals: [] }, []);
    return this.change(environment, (current) => protect(current, approvals, by));
  }
}
