import type { Database } from '@signalbox/persistence';
import type { ReferenceKind, ReferenceStore } from './reference.store.js';

/** Keeps the copy; what has changed may let a rollout go on or stop it, so the loops look at once. */
export class ReferenceService {
  constructor(
    private readonly database: Database,
    private readonly references: ReferenceStore,
    private readonly onChange: () => void,
  ) {}

  async learn(kind: ReferenceKind, id: string, version: number, content: object): Promise<void> {
    // When it was heard: planning's database may have another clock.
    const heard = kind === 'alive' ? { heardAt: (await this.database.now()).toISOString() } : {};
    await this.references.upsert(kind, id, version, { ...content, ...heard });
    if (kind !== 'alive') this.database.afterCommit(this.onChange);
  }
}
