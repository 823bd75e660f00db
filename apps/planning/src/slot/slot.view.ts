import type { Identity, ListQuery, Listing, Page } from '@signalbox/chassis';
import { listVisible } from '@signalbox/chassis';
import { DomainError } from '@signalbox/domain';
import type { Database } from '@signalbox/persistence';
import { slotId } from './slot.js';
import type { Slot } from './slot.js';

const listing: Listing<Slot, Slot> = {
  table: 'slot',
  join: 'JOIN application ON application.id = slot.application',
  owner: { application: 'slot.application', team: 'application.team' },
  sortValue: (row) => row.id,
  show: (state) => state,
};

/** Slots as screens show them. */
export class SlotView {
  constructor(private readonly database: Database) {}

  list(query: ListQuery, identity: Identity): Promise<Page<Slot>> {
    return listVisible(this.database, listing, query, identity);
  }

  async get(application: string, environment: string): Promise<{ state: Slot; version: number }> {
    const [row] = await this.database.query<{ state: Slot; version: string }>(
      'SELECT state, version FROM slot WHERE id = $1',
      [slotId(application, environment)],
    );
    if (!row) throw new DomainError('not_found', `nothing was ever deployed to ${application} ${environment}`);
    return { state: row.state, version: Number(row.version) };
  }
}
