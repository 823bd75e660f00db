import type { Actor, ApprovalRule } from '@signalbox/domain';
import type { Protection } from './protection.js';
import type { ProtectionStore } from './protection.store.js';
import type { Versioned } from '@signalbox/persistence';

export class ProtectionService {
  constructor(private readonly protections: ProtectionStore) {}

  rules(environment: string): Promise<ApprovalRule[]> {
    return this.protections.rules(environment);
  }

  put(environment: string, approvals: ApprovalRule[], by: Actor): Promise<Versioned<Protection>> {
    return this.protections.put(environment, approvals, by);
  }
}
