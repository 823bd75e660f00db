import { isSameJson } from '@signalbox/domain';
import type { ApprovalRule } from '@signalbox/domain';
import type { Database } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';

/** Server-side protection of one environment, whichever application; no file can loosen it. */
export interface Protection {
  /** The environment's name. */
  id: string;
  approvals: ApprovalRule[];
}

export class ProtectionStore extends Store<Protection> {
  constructor(database: Database) {
    super(database, { aggregate: 'environment protection', table: 'protection', source: '/signalbox/planning' });
  }

  async rules(environment: string): Promise<ApprovalRule[]> {
    return (await this.find(environment))?.state.approvals ?? [];
  }

  async put(environment: string, approvals: ApprovalRule[]) {
    await this.createOnce({ id: environment, approvals }, []);
    return this.change(environment, (current) => ({
      next: isSameJson(current.approvals, approvals) ? current : { ...current, approvals },
      events: [],
    }));
  }
}
