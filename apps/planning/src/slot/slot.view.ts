import type { Identity, ListQuery, Page } from '@signalbox/chassis';
import { visibleTo } from '@signalbox/chassis';
import { DomainError } from '@signalbox/domain';
import type { Database } from '@signalbox/persistence';
import { slotId } from './slot.js';
import type { Slot } from './slot.js';

/** Slots as screens show them. */
export class SlotView {
  constructor(private readonly database: Database) {}

  async list(query: ListQuery, identity: Identity): Promise<Page<object>> {
    const params = [...query.params];
    const visible = visibleTo(identity, params, { application: 'slot.application', team: 'application.team' });
    const rows = await this.database.query<{ id: string; state: Slot }>(
      `SELECT slot.id, slot.state FROM slot JOIN application ON application.id = slot.application
       WHERE (${query.where}) AND ${visible} ORDER BY ${query.orderBy} LIMIT ${query.limit + 1}`,
      params,
    );
    return query.page(
      rows,
      (row) => row.id,
      (row) => row.state,
    );
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
