import type { Actor, ApprovalRule } from '@signalbox/domain';
import type { Protection } from './protection.js';
import type { ProtectionStore } from './protection.store.js';
import type { Versioned } from '@signalbox/persistence';

export class ProtectionService {
  constructor(private readonly protections: ProtectionStore) {}

  /** Version 0: nobody has given it rules yet. */
  async get(environment: string): Promise<Pick<Versioned<Protection>, 'state' | 'version'>> {
    const unprotected = { state: { id: environment, approvals: [] }, version: 0 };
    return (await this.protections.find(environment)) ?? unprotected;
  }

  put(environment: string, approvals: ApprovalRule[], by: Actor): Promise<Versioned<Protection>> {
    return this.protections.put(environment, approvals, by);
  }
}
